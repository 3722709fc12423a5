import { GlowcastError } from '../../src/errors.js'
import { errorCodes, type ProtocolError, type ProtocolErrorCode } from '../../src/protocol/messages.js'

/** An error as clients see it, on a socket and over HTTP. */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    readonly code: ProtocolErrorCode,
    message: string,
    readonly details: { readonly field?: string; readonly retryAfterMs?: number } = {},
  ) {
    super(message)
  }

  toProtocol(): ProtocolError {
    return { code: this.code, message: this.message, ...errorCodes[this.code], ...this.details }
  }
}

/**
 * Of a field, in the words of all errors.
 *
 * @param named the field that clients are told of, where the message calls it otherwise
 */
export function fieldError(
  code: ProtocolErrorCode,
  field: string,
  got: string | number,
  expected: string | number,
  named = field,
): ApiError {
  return new ApiError(code, `${field}: got ${got}, expected ${expected}`, { field: named })
}

/** Refused clients come back within one to three seconds, and not all at once. */
export function overloaded(what: string): ApiError {
  const retryAfterMs = 1000 + Math.floor(2000 * Math.random())
  return new ApiError('overloaded', `${what}; try again later`, { retryAfterMs })
}

/** One client has its share of what there is. */
export function clientLimit(what: string, most: number): ApiError {
  return new ApiError('client_limit', `${what}, expected at most ${most}; end one, then try again`, {
    retryAfterMs: 2000,
  })
}

export function draining(): ApiError {
  return new ApiError('draining', 'the server is stopping; try another, or again later', {
    retryAfterMs: 5000,
  })
}

export function scoringFailed(message: string): ApiError {
  return new ApiError('scoring_failed', message)
}

/** Of which clients learn no more. */
export function internal(): ApiError {
  return new ApiError('internal', 'a mistake of the server')
}

/** What clients are told of our errors; what is missing here is our own mistake. */
export const protocolCodes: Readonly<Record<string, ProtocolErrorCode | undefined>> = {
  INVALID_ARGUMENT: 'invalid_argument',
  INVALID_MEL: 'invalid_mel',
  INVALID_AUDIO: 'invalid_audio',
  NON_FINITE: 'invalid_audio',
  UNSUPPORTED_FORMAT: 'unsupported_media_type',
  INVALID_CALIBRATION: 'scoring_unavailable',
  ENGINE_FAILED: 'synthesis_failed',
} satisfies Partial<Record<GlowcastError['code'], ProtocolErrorCode>>

/** What went wrong, for the client; undefined when it is our own mistake, of which clients learn no more. */
export function apiErrorOf(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error
  if (!(error instanceof GlowcastError)) return undefined
  const code = protocolCodes[error.code]
  return code && new ApiError(code, error.message, { field: error.field })
}
