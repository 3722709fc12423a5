import type { Frames } from '../../src/audio/buffers/frames.js'
import { thrownError } from '../../src/errors.js'
import type { Payer } from '../../src/synthesis/live/fair-share.js'
import type { SynthesisOptions } from '../../src/synthesis/options.js'
import type { BackendStream, SynthesisBackend } from './backend.js'

/** Samples made ahead of their being taken: 3 s. */
const window = 65_536
/** Samples that the frames which were given may make beyond those that are made: 6 s. */
const aheadSamples = 2 * window
/** All requests share the part of one client: live streams, whose listeners wait, go first. */
const requests: Payer = { client: 'requests', connection: 'requests' }

/**
 * Audio of a mel, as it is made; frames * hopLength samples in all. It is made when live streams leave time for it.
 * Returning early frees it, and so does the signal.
 *
 * @param mel whose buffers are handed over; it is read no further than is needed, and ended with the audio
 * @throws GlowcastError INVALID_ARGUMENT, ENGINE_FAILED; what the mel throws; the reason of the signal
 */
export async function* synthesize(
  backend: SynthesisBackend,
  mel: AsyncIterable<Frames> | Iterable<Frames>,
  options: SynthesisOptions,
  signal: AbortSignal,
): AsyncGenerator<Float32Array> {
  const stream = new OpenSynthesis(backend, options)
  const aborted = () => stream.wake()
  signal.addEventListener('abort', aborted)
  const feeding = stream.feed(mel)
  try {
    for (;;) {
      signal.throwIfAborted()
      const samples = stream.take()
      if (samples !== undefined) {
        yield samples
        stream.grant(samples.length)
      } else if (stream.hasEnded) return
      else await stream.change()
    }
  } finally {
    signal.removeEventListener('abort', aborted)
    await stream.close()
    await feeding
  }
}

/** A stream of the backend with what it has made and what has become of it. */
class OpenSynthesis {
  private readonly made: Float32Array[] = []
  private readonly stream: BackendStream
  private readonly hopLength: number
  private waiting: (() => void)[] = []
  /** Samples that the frames come to which were given and whose audio is not made yet. */
  private ahead = 0
  private ended = false
  private isClosed = false
  private failure: Error | undefined

  constructor(backend: SynthesisBackend, options: SynthesisOptions) {
    this.hopLength = backend.model.mel.hopLength
    this.stream = backend.openStream(
      options,
      window,
      {
        audio: (samples) => {
          this.made.push(samples)
          this.ahead -= samples.length
          this.wake()
        },
        utteranceEnded: () => {
          this.ended = true
          this.wake()
        },
        late: () => undefined,
        failed: (error) => this.fail(error),
      },
      requests,
    )
  }

  get hasEnded(): boolean {
    return this.ended
  }

  /** Gives it the frames; what goes wrong is thrown by `take`. */
  async feed(mel: AsyncIterable<Frames> | Iterable<Frames>): Promise<void> {
    try {
      for await (const { data, frames } of mel) {
        if (this.isClosed) return
        this.stream.push(data, frames)
        this.ahead += frames * this.hopLength
        while (this.ahead > aheadSamples && !this.isClosed) await this.change()
      }
      if (!this.isClosed) this.stream.flush()
    } catch (error) {
      this.fail(thrownError(error))
    }
  }

  /** The next samples, or undefined while there are none. @throws why it failed */
  take(): Float32Array | undefined {
    if (this.failure !== undefined) throw this.failure
    return this.made.shift()
  }

  /** Lets it make as many samples more. */
  grant(samples: number): void {
    this.stream.grant(samples)
  }

  /** Until something happens. */
  change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve()
  }

  async close(): Promise<void> {
    this.isClosed = true
    this.wake()
    await this.stream.close()
  }

  private fail(error: Error): void {
    this.failure ??= error
    this.wake()
  }
}
