import { closeCodes, errorCodes, type ProtocolErrorCode } from '../../src/protocol/messages.js'
import { clientError, GlowcastClientError } from './errors.js'

/** What a close code or an HTTP status says by itself, where the server's own words were lost. */
const meanings: Readonly<Record<number, ProtocolErrorCode>> = {
  [closeCodes.unauthorized]: 'unauthorized',
  [closeCodes.forbidden]: 'forbidden',
  [closeCodes.tryAgainLater]: 'overloaded',
  400: 'invalid_message',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  503: 'overloaded',
}

const hints: Partial<Record<ProtocolErrorCode, string>> = {
  invalid_message: 'The server does not speak glowcast.v1 at this address',
  unauthorized: 'The server wants a token, and got none or one that is unknown or has expired',
  forbidden: "The server does not let this page's origin or its own host name in: see --allowed-origins",
  not_found: 'There is no Glowcast server at this address',
  overloaded: 'The server is full or restarting',
}

/** Wait before another attempt where the server did not say, ms. */
const busyMs = 2000

/** Close codes after which a new attempt would fare the same. */
const finalCloseCodes = [1002, 1003, 1007, 1008, 1009, 1010]

/** @param wasReady whether there had been a connection */
export function closeError(code: number, reason: string, wasReady: boolean): GlowcastClientError {
  const known = meaningOf(code)
  if (known !== undefined) return known
  const words = reason === '' ? `${code}` : `${code}: ${reason}`
  if (finalCloseCodes.includes(code) || (code >= 4400 && code < 4500)) {
    return clientError('connection_failed', `The server closed the connection (${words})`)
  }
  const message = wasReady
    ? `The connection was lost (${words})`
    : `The server could not be reached (${words})`
  return clientError('connection_lost', message, { retryable: true })
}

/**
 * What an error event tells. A browser tells nothing; `ws` has the status of the server's answer in its message.
 */
export function refusalOf(event: unknown): GlowcastClientError | undefined {
  const { message } = (event ?? {}) as { message?: unknown }
  const [, status] = /^Unexpected server response: (\d{3})$/.exec(`${message}`) ?? []
  return status === undefined ? undefined : meaningOf(Number(status))
}

function meaningOf(code: number): GlowcastClientError | undefined {
  const meaning = meanings[code]
  if (meaning === undefined) return undefined
  const { retryable } = errorCodes[meaning]
  const details = retryable ? { retryable, retryAfterMs: busyMs } : { retryable }
  return new GlowcastClientError(meaning, `${hints[meaning]} (${code})`, details)
}
