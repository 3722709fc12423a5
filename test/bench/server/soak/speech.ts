import { sleep } from '../figures.js'
import type { LoadClient, LoadOptions } from '../load-client.js'

export interface SpokenStreams {
  readonly finished: number
  /** Chunks. */
  readonly late: number
}

/** Streams of speech of changing length, one after the other. @throws Error when one fails, or samples are missing */
export async function keepSpeaking(
  client: LoadClient,
  slot: number,
  load: Omit<LoadOptions, 'frames'>,
  isOver: () => boolean,
): Promise<SpokenStreams> {
  let [finished, late] = [0, 0]
  for (let round = 0; !isOver(); round++) {
    const frames = 200 + ((37 * (slot + round)) % 200)
    const result = await client.run(slot, { ...load, frames })
    if (result.outcome !== 'done') {
      if (result.error?.retryable !== true) throw new Error(`stream: ${JSON.stringify(result.error)}`)
      await sleep(result.error.retryAfterMs ?? 1000)
      continue
    }
    if (result.samples !== 256 * result.frames) throw new Error('samples were lost')
    finished += 1
    late += result.late
  }
  return { finished, late }
}
