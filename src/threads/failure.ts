import { type ErrorCode, GlowcastError, thrownError } from '../errors.js'

/** An error as plain data: threads copy no classes, and not everything that can be thrown can be copied. */
export interface Failure {
  readonly message: string
  readonly stack?: string
  readonly glowcast?: readonly [code: ErrorCode, field: string, got: string, expected: string]
}

export function failureOf(thrown: unknown): Failure {
  const error = thrownError(thrown)
  const glowcast = partsOf(error)
  if (glowcast !== undefined) return { message: error.message, glowcast }
  return { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) }
}

export function errorOf({ message, stack, glowcast }: Failure): Error {
  if (glowcast !== undefined) return new GlowcastError(...glowcast, { message })
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}

/** What a thread died of: of a GlowcastError Node hands over the parts, and not the class. */
export function diedOf(thrown: unknown): Error {
  return errorOf(failureOf(thrown))
}

function partsOf(error: Error): Failure['glowcast'] {
  const { name, code, field, got, expected } = error as Partial<GlowcastError>
  if (name !== 'GlowcastError' || code === undefined) return undefined
  return [code, `${field}`, `${got}`, `${expected}`]
}
