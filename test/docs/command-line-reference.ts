import type { Argument, Command, Option } from 'commander'

const head = `# Command line

<!-- Written by \`npm run docs\` from the program. Edit the help texts in src/cli/program/ instead. -->
`

/** The page of all commands. @param helpOf what \`--help\` prints for a command, examples included */
export function commandLineReference(program: Command, helpOf: (command: Command) => string): string {
  const commands = leaves(program)
  const index = commands.map(({ name, command }) => `| [\`${name}\`](#${anchor(name)}) | ${plain(command)} |`)
  return [
    head,
    'Exit codes: [errors.md](errors.md#exit-codes). Files, formats and pipes: [files.md](files.md).',
    '',
    '| command | does |',
    '|---|---|',
    ...index,
    ...commands.map(({ name, command }) => section(name, command, helpOf(command))),
    '',
  ].join('\n')
}

interface Leaf {
  readonly name: string
  readonly command: Command
}

/** Commands that do something themselves: not \`content\`, which only groups others. */
function leaves(parent: Command): Leaf[] {
  return parent.commands.flatMap((command) => {
    if (command.commands.length > 0) return leaves(command)
    return { name: `${parent.parent === null ? '' : `${parent.name()} `}${command.name()}`, command }
  })
}

const anchor = (name: string) => name.replaceAll(' ', '-')
const plain = (command: Command) => command.description().replaceAll('\n', ' ')

function section(name: string, command: Command, help: string): string {
  const usage = `glowcast ${name} ${command.usage()}`.replaceAll(/\n\s+/g, '\n')
  const examples = help.split('\nExamples:\n')[1] ?? ''
  return [
    '',
    `## ${name}`,
    '',
    plain(command),
    '',
    '```',
    usage,
    '```',
    ...table('argument', command.registeredArguments.map(argumentRow)),
    ...table('option', command.options.map(optionRow)),
    '',
    'Examples:',
    '',
    '```',
    ...examples
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^ {2}\$ /, '')),
    '```',
  ].join('\n')
}

function table(what: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : ['', `| ${what} | |`, '|---|---|', ...rows]
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

function argumentRow(argument: Argument): string {
  return `| \`${argument.name()}\` | ${cell(argument.description)} |`
}

function optionRow(option: Option): string {
  const facts = [
    ...(option.argChoices === undefined
      ? []
      : [`one of ${option.argChoices.map((one) => `\`${one}\``).join(', ')}`]),
    ...(option.mandatory ? ['required'] : []),
    ...defaultOf(option),
    ...(option.envVar === undefined ? [] : [`variable \`${option.envVar}\``]),
  ]
  const text = [cell(option.description), ...facts].join('; ')
  return `| \`${option.flags}\` | ${text} |`
}

function defaultOf({ defaultValue, defaultValueDescription }: Option): string[] {
  if (defaultValueDescription !== undefined) return [`default: ${defaultValueDescription}`]
  return defaultValue === undefined ? [] : [`default: \`${String(defaultValue)}\``]
}
