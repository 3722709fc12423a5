import type { z } from 'zod'
import { ApiError } from '../operations/api-error.js'
import { schemaError } from '../operations/schema-error.js'

/**
 * @param whole what the values are called where they are wrong as a whole
 * @throws ApiError invalid_argument naming the field
 */
export function parseOrRefuse<Schema extends z.ZodType>(
  schema: Schema,
  values: unknown,
  whole = 'query',
): z.output<Schema> {
  const result = schema.safeParse(values)
  if (result.success) return result.data
  const { field, message } = schemaError(result.error, values, whole)
  throw new ApiError('invalid_argument', message, { field })
}
