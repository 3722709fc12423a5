import { type Command, CommanderError } from 'commander'
import { GlowcastError } from '../errors.js'
import { isSystemError, sayingOf } from '../io/system-error.js'
import { type CliIo, note } from './io.js'
import { oneLine } from './terminal-text.js'

/** Exit codes: 1 for what the caller can mend, 70 (EX_SOFTWARE) for what only we can. */
const badInput = 1
const internal = 70

/** What a shell says of a program that SIGPIPE ended: the reader has seen enough. */
const pipeClosed = 141

/** Says what went wrong, in one line where a person can act on it, with a stack only for our own mistakes. */
export function failureCode(error: unknown, io: CliIo, program: Command, args: readonly string[]): number {
  if (isClosedPipe(error)) return pipeClosed
  if (error instanceof CommanderError) return usageCode(error, io, program, args)
  if (error instanceof GlowcastError) {
    note(io, `glowcast: ${inOneLine(error.message)} [${error.code}]`)
    return badInput
  }
  if (isSystemError(error)) {
    note(io, `glowcast: ${error.path === undefined ? '' : `${error.path}: `}${sayingOf(error)} [IO]`)
    return badInput
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  note(io, `glowcast: internal error, please report it: ${text}`)
  return internal
}

/**
 * Keeps a closed pipe from ending the program with a stack.
 *
 * @returns gives the exit code once the standard output is closed
 */
export function brokenPipe({ stdout, stderr }: CliIo): () => number | undefined {
  let code: number | undefined
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    code = pipeClosed
  })
  // Whoever reads no warnings wants none.
  stderr.on('error', () => undefined)
  return () => code
}

function isClosedPipe(error: unknown): boolean {
  const cause = (error as { cause?: NodeJS.ErrnoException } | undefined)?.cause
  return error instanceof GlowcastError && error.field === '-' && cause?.code === 'EPIPE'
}

/** Help and version were printed; what is wrong with a command line is said in one line. */
function usageCode(error: CommanderError, io: CliIo, program: Command, args: readonly string[]): number {
  if (error.exitCode === 0 || error.code === 'commander.help') return error.exitCode
  const command = commandOf(program, args)
  const said = error.message.replace(/^error: /, '')
  const meant = suggestion(command, said)
  // Commander sees slips of the fingers.
  const [bare = said, slip] = said.split(/\n\((?=Did)/)
  const hint = meant ?? (slip === undefined ? '' : `; did ${slip.slice(4).replace(/\)$/, '')}`)
  note(io, `glowcast: ${inOneLine(bare)}${hint} (see ${nameOf(command)} --help) [INVALID_ARGUMENT]`)
  return badInput
}

/** The command that was meant: `content train` for its options, the program for an unknown one. */
function commandOf(program: Command, args: readonly string[]): Command {
  let command = program
  for (const arg of args) {
    const next = command.commands.find((entry) => entry.name() === arg)
    if (next === undefined) break
    command = next
  }
  return command
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}

/** Of what was shortened, or made longer. */
function suggestion(command: Command, said: string): string | undefined {
  const option = /unknown option '(--[^']+)'/.exec(said)?.[1]
  const name = /unknown command '([^']+)'/.exec(said)?.[1]
  const wanted = option ?? name
  if (wanted === undefined) return undefined
  const known =
    option === undefined
      ? command.commands.map((entry) => entry.name())
      : command.options.flatMap(({ long }) => long ?? [])
  const meant = known.filter((entry) => entry.startsWith(wanted) || wanted.startsWith(`${entry}-`))
  return meant.length === 0 ? undefined : `; did you mean ${meant.join(' or ')}?`
}

/** Names of files may hold anything: line breaks, and what moves a terminal's cursor. */
function inOneLine(text: string): string {
  return oneLine(text.replaceAll(/\s*\n\s*/g, ' '))
}
