import { GlowcastError } from '../../errors.js'

/** @throws GlowcastError INVALID_MODEL always */
export function refuse(field: string, got: string, expected: string, cause?: unknown): never {
  throw new GlowcastError('INVALID_MODEL', field, got, expected, cause === undefined ? undefined : { cause })
}
