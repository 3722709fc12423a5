import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { ApiError } from '../operations/api-error.js'
import type { ServerLimits } from '../operations/limits.js'
import type { Permit } from './request-permits.js'

/**
 * Writes parts as they are made, no faster than the client reads them.
 *
 * @throws ApiError idle when the client reads nothing for `answerStallMs`, or keeps the server waiting for `answerMs` in
 *   all; the reason of the permit's signal
 */
export async function writeAnswer(
  response: ServerResponse,
  permit: Permit,
  limits: Pick<ServerLimits, 'answerStallMs' | 'answerMs'>,
  parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  let left = limits.answerMs
  permit.answers()
  const untilRead = async (event: 'drain' | 'finish') => {
    const since = performance.now()
    const within = Math.min(left, limits.answerStallMs)
    const limit = setTimeout(() => permit.end(unread(within)), within)
    permit.waits()
    try {
      await once(response, event, { signal: permit.signal })
    } catch (error) {
      permit.signal.throwIfAborted()
      throw error
    } finally {
      clearTimeout(limit)
    }
    permit.goesOn()
    left -= performance.now() - since
  }
  for await (const part of parts) {
    permit.signal.throwIfAborted()
    if (!response.write(part)) await untilRead('drain')
  }
  response.end()
  await untilRead('finish')
}

function unread(ms: number): ApiError {
  return new ApiError(
    'idle',
    `answer: got a client that does not read it for ${ms / 1000} s, expected one that does`,
  )
}
