import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { ServerLimits } from './limits.js'
import { Problem } from './problem.js'
import type { Place } from './request-places.js'

/**
 * Writes parts as they are made, no faster than the client reads them.
 *
 * @throws Problem idle when the client reads nothing for `answerStallMs`, or keeps the server waiting for `answerMs` in
 *   all; the reason of the place's signal
 */
export async function writeAnswer(
  response: ServerResponse,
  place: Place,
  limits: Pick<ServerLimits, 'answerStallMs' | 'answerMs'>,
  parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  let left = limits.answerMs
  const untilRead = async (event: 'drain' | 'finish') => {
    const since = performance.now()
    const within = Math.min(left, limits.answerStallMs)
    const limit = setTimeout(() => place.end(unread(within)), within)
    place.waits()
    try {
      await once(response, event, { signal: place.signal })
    } catch {
      throw place.signal.reason
    } finally {
      clearTimeout(limit)
    }
    place.goesOn()
    left -= performance.now() - since
  }
  for await (const part of parts) {
    place.signal.throwIfAborted()
    if (!response.write(part)) await untilRead('drain')
  }
  response.end()
  await untilRead('finish')
}

function unread(ms: number): Problem {
  return new Problem(
    'idle',
    `answer: got a client that does not read it for ${ms / 1000} s, expected one that does`,
  )
}
