import type { Frames } from '../../src/audio/buffers/frames.js'
import type { Payer } from '../../src/synthesis/live/fair-share.js'
import type { SynthesisOptions } from '../../src/synthesis/options.js'
import type { SynthesisBackend } from './backend.js'

/** Samples made ahead of their being taken: 3 s. */
const window = 65_536
/** All requests share the part of one client: live streams, whose listeners wait, go first. */
const requests: Payer = { client: 'requests', connection: 'requests' }

/**
 * Audio of a whole mel, as it is made; frames * hopLength samples in all. It is made when live streams leave time
 * for it. Returning early frees it, and so does the signal.
 *
 * @throws GlowcastError INVALID_ARGUMENT, ENGINE_FAILED; the reason of the signal
 */
export async function* synthesize(
  backend: SynthesisBackend,
  mel: Frames,
  options: SynthesisOptions,
  signal: AbortSignal,
): AsyncGenerator<Float32Array> {
  const made: Float32Array[] = []
  let ended = false
  let failure: Error | undefined
  let wake: () => void = () => undefined
  const stream = backend.openStream(
    options,
    window,
    {
      audio(samples) {
        made.push(samples)
        wake()
      },
      utteranceEnded() {
        ended = true
        wake()
      },
      late: () => undefined,
      failed(error) {
        failure = error
        wake()
      },
    },
    requests,
  )
  const aborted = () => wake()
  signal.addEventListener('abort', aborted)
  try {
    stream.push(mel.data, mel.frames)
    stream.flush()
    for (;;) {
      signal.throwIfAborted()
      if (failure !== undefined) throw failure
      const samples = made.shift()
      if (samples !== undefined) {
        yield samples
        stream.grant(samples.length)
      } else if (ended) return
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    signal.removeEventListener('abort', aborted)
    await stream.close()
  }
}
