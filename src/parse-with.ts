import type { z } from 'zod'
import { type ErrorCode, GlowcastError } from './errors.js'
import { shortJson } from './short-json.js'

/** Of a wrong value, and of the name of an unknown key, no more is shown than this. */
const shownCharacters = 40

export interface SchemaIssue {
  /** Path of the wrong value; empty where it is the whole. */
  readonly field: string
  readonly got: string
  readonly expected: string
}

/**
 * The first thing that is wrong with values.
 *
 * @param unknown what an unknown key is called
 */
export function schemaIssue({ issues }: z.ZodError, values: unknown, unknown: string): SchemaIssue {
  const issue = issues[0]!
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!
    const name = key.length > shownCharacters ? `${key.slice(0, shownCharacters)}…` : key
    return { field: [...path, name].join('.'), got: unknown, expected: 'none' }
  }
  const value = path.reduce<unknown>(
    (parent, key) => (parent as Record<string, unknown> | null)?.[key],
    values,
  )
  // Zod says what it expects between other words: "Invalid input: expected object, received undefined".
  const [, expected = issue.message] = /expected (.+?)(?:, received .*)?$/is.exec(issue.message) ?? []
  return { field: path.join('.'), got: shortJson(value, shownCharacters), expected }
}

/**
 * Checks parsed JSON against a schema.
 *
 * @param source what the JSON is, for the message: a path
 * @throws GlowcastError of that code, naming the first wrong key
 */
export function parseWith<T>(
  schema: z.ZodType<T>,
  json: unknown,
  source: string,
  code: ErrorCode = 'INVALID_CONFIG',
): T {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const { field, got, expected } = schemaIssue(result.error, json, 'an unknown key')
  throw new GlowcastError(code, [source, field].filter((part) => part !== '').join(': '), got, expected)
}
