import ts from 'typescript'
import type { Field, Fields, NumberField } from '../../src/protocol/fields.js'

/** What the doc comment of a field says. */
export interface Comment {
  readonly meaning: string
  readonly byDefault?: string
}

/** Doc comments of the properties of what modules export, by their path: `clientMessages.open.seed`. */
export function readComments(paths: readonly string[]): (path: string) => Comment {
  // Without the libraries' types, which take long to load and have no part in the properties.
  const program = ts.createProgram(paths, { noLib: true, types: [], noEmit: true })
  const checker = program.getTypeChecker()
  const exported = paths.flatMap((path) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(path)!)!
    return checker.getExportsOfModule(module)
  })
  return (path) => {
    const [constant, ...names] = path.split('.')
    const root = exported.find(({ name }) => name === constant)!
    const symbol = names.reduce((owner, name) => checker.getTypeOfSymbol(owner).getProperty(name)!, root)
    const tag = symbol.getJsDocTags().find(({ name }) => name === 'default')
    return {
      meaning: oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker))),
      ...(tag === undefined ? {} : { byDefault: oneLine(ts.displayPartsToString(tag.text)) }),
    }
  }
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim()

/**
 * The Markdown table of a message's fields, `stream` left out where it has no comment of its own.
 *
 * @throws Error for another field without a comment
 */
export function fieldTable(fields: Fields, commentOf: (name: string) => Comment): string {
  const rows = Object.entries(fields).flatMap(([name, field]) => {
    const { meaning, byDefault } = commentOf(name)
    if (meaning === '' && name === 'stream') return []
    if (meaning === '') throw new Error(`${name}: got no doc comment, expected its meaning`)
    const isOptional = field.is === 'optional'
    const presence = isOptional ? (byDefault ?? 'may be absent') : 'required'
    return [`| \`${name}\` | ${values(isOptional ? field.of : field)} | ${presence} | ${cell(meaning)} |`]
  })
  return ['| field | values | default | |', '|---|---|---|---|', ...rows].join('\n')
}

const cell = (text: string) => text.replaceAll('|', '\\|')

function values(field: Field): string {
  switch (field.is) {
    case 'number':
      return range(field)
    case 'text':
      return field.max === Infinity ? 'text' : `text, at most ${field.max} characters`
    case 'flag':
      return '`true`, `false`'
    case 'pair':
      return 'two numbers'
    case 'choice':
      return field.of
        .map((value) => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``)
        .join(', ')
    case 'list':
      return `list: ${values(field.of)}`
    case 'nullable':
      return `${values(field.of)}, or \`null\``
    case 'record':
      return `{ ${Object.keys(field.of)
        .map((name) => `\`${name}\``)
        .join(', ')} }`
  }
}

function range({ whole, min, max }: NumberField): string {
  const kind = whole ? 'whole number' : 'number'
  const [least, most] = [min, max].map((bound) => bound.toLocaleString('en', { maximumFractionDigits: 9 }))
  if (Number.isFinite(max) && max < Number.MAX_SAFE_INTEGER) return `${kind}, ${least} to ${most}`
  return min === -Infinity ? kind : `${kind}, at least ${least}`
}

/** A page with each table anew that it has between `<!-- fields: NAME -->` and `<!-- end -->`. */
export function withTables(page: string, table: (name: string) => string): string {
  return page.replaceAll(
    /(<!-- fields: ([\w.]+) -->)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}\n${table(name)}\n${end}`,
  )
}
