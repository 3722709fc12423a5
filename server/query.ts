import { z } from 'zod'
import { Problem } from './problem.js'

/** A number as text. */
export const numberText = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/, 'expected a number')
  .transform(Number)

/** @throws Problem invalid_argument naming the field */
export function parseOrRefuse<Schema extends z.ZodType>(schema: Schema, values: unknown): z.output<Schema> {
  const result = schema.safeParse(values)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const field = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue.path.map(String).join('.')
  throw new Problem('invalid_argument', `${field}: ${issue.message}`, { field })
}
