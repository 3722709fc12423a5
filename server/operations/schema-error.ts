import type { z } from 'zod'
import { shortJson } from '../../src/short-json.js'

/** Of a wrong value no more is repeated than this. */
const mostCharacters = 40

/**
 * The first thing that is wrong with values, in the words of all errors: field, got, expected.
 *
 * @param whole what `values` are called where they are wrong as a whole
 */
export function schemaError(
  { issues }: z.ZodError,
  values: unknown,
  whole: string,
): { field: string; message: string } {
  const issue = issues[0]!
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const field = [...path, shortName(issue.keys[0]!)].join('.')
    return { field, message: `${field}: got a field of that name, expected none` }
  }
  const field = path.join('.') || whole
  const value = path.reduce<unknown>((parent, key) => (parent as Record<string, unknown>)[key], values)
  const [, expected = issue.message] = /expected (.*?)(?:, received .*)?$/i.exec(issue.message) ?? []
  return { field, message: `${field}: got ${shortJson(value, mostCharacters)}, expected ${expected}` }
}

function shortName(name: string): string {
  return name.length > mostCharacters ? `${name.slice(0, mostCharacters)}…` : name
}
