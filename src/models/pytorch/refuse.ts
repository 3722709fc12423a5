import { GlowcastError } from '../../errors.js'

/** A hostile name may be long and full of control characters: quote it, and cut it short. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}

/** @throws GlowcastError INVALID_MODEL always */
export function refuse(field: string, got: string, expected: string, cause?: unknown): never {
  throw new GlowcastError('INVALID_MODEL', field, got, expected, cause === undefined ? undefined : { cause })
}
