import type { z } from 'zod'
import { schemaIssue } from '../../src/parse-with.js'

/**
 * The first thing that is wrong with values, in the words of all errors: field, got, expected.
 *
 * @param whole what `values` are called where they are wrong as a whole
 */
export function schemaError(
  error: z.ZodError,
  values: unknown,
  whole: string,
): { field: string; message: string } {
  const issue = schemaIssue(error, values, 'a field of that name')
  const field = issue.field || whole
  return { field, message: `${field}: got ${issue.got}, expected ${issue.expected}` }
}
