import { invalidModel } from '../errors.js'

/** @throws GlowcastError INVALID_MODEL always */
export function refuse(field: string, got: string, expected: string, cause?: unknown): never {
  throw invalidModel(field, got, expected, cause === undefined ? undefined : { cause })
}
