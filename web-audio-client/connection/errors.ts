/**
 * Codes of the client's own errors; others come from the server as they are.
 * - `connection_failed`: no connection, and no more attempts; or the server closed it for good.
 * - `connection_lost`: the connection went, and the stream could not be resumed.
 * - `closed`: the client was closed.
 * - `cancelled`: the stream was cancelled.
 * - `ended`: a call on a stream that has ended.
 * - `invalid_argument`: the caller's mistake.
 * - `protocol_violation`: the server sent what the protocol does not allow.
 * - `insecure_context`: sound needs a page over https or on localhost. Scoring does not.
 * - `unsupported`: the browser lacks what is needed for sound, or forbids it.
 */
export type ClientErrorCode =
  | 'connection_failed'
  | 'connection_lost'
  | 'closed'
  | 'cancelled'
  | 'ended'
  | 'invalid_argument'
  | 'protocol_violation'
  | 'insecure_context'
  | 'unsupported'

export interface ErrorDetails {
  readonly field?: string
  /** Whether the same call may succeed later. */
  readonly retryable?: boolean
  readonly retryAfterMs?: number
}

/** The one error of the client: the server's, or its own. */
export class GlowcastClientError extends Error {
  override readonly name = 'GlowcastClientError'
  readonly field: string | undefined
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(
    readonly code: string,
    message: string,
    { field, retryable = false, retryAfterMs }: ErrorDetails = {},
  ) {
    super(message)
    this.field = field
    this.retryable = retryable
    this.retryAfterMs = retryAfterMs
  }
}

export function clientError(
  code: ClientErrorCode,
  message: string,
  details: ErrorDetails = {},
): GlowcastClientError {
  return new GlowcastClientError(code, message, details)
}

/** @throws GlowcastClientError invalid_argument */
export function refuseArgument(field: string, got: unknown, expected: string): never {
  throw clientError('invalid_argument', `${field}: got ${got}, expected ${expected}`, { field })
}

/** What a value is, for messages: `Array` and `Float64Array` say more than `object`. */
export function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return value.constructor?.name ?? 'object'
}

/** @throws GlowcastClientError invalid_argument unless it is an object, to whose fields one can then look */
export function assertObject(field: string, value: unknown, expected: string): void {
  if (typeof value === 'object' && value !== null) return
  refuseArgument(field, kindOf(value), expected)
}
