import type { z } from 'zod'
import { ApiError } from '../operations/api-error.js'
import { schemaError } from '../operations/schema-error.js'

/** @throws ApiError invalid_argument naming the field */
export function parseOrRefuse<Schema extends z.ZodType>(schema: Schema, values: unknown): z.output<Schema> {
  const result = schema.safeParse(values)
  if (result.success) return result.data
  const { field, message } = schemaError(result.error, values, 'query')
  throw new ApiError('invalid_argument', message, { field })
}
