import type { GlowcastError } from '../../src/errors.js'
import type { ModelDescription } from '../../src/protocol/messages.js'
import type { Payer } from '../../src/synthesis/live/fair-share.js'
import type { StreamTotals } from '../../src/synthesis/live/synthesizer.js'
import type { SynthesisOptions } from '../../src/synthesis/options.js'
import type { StreamLatencies } from './messages.js'

export type { Payer } from '../../src/synthesis/live/fair-share.js'

export interface StreamEvents {
  audio(samples: Float32Array): void
  /** All audio up to the flush has been given; `totals` is what the stream has come to so far. */
  utteranceEnded(totals: StreamTotals): void
  /** Audio was made after it was due although its mel frames had come in time. */
  late(): void
  /** The stream was given up; nothing further comes. */
  failed(error: GlowcastError): void
}

/** One stream of a backend; calls on a closed or failed one do nothing. */
export interface BackendStream {
  /** Takes checked log-mel frames [frames, melBands]; the buffer is handed over and must not be used again. */
  push(data: Float32Array, frames: number): void
  flush(): void
  /** Lets the stream make so many samples more; it may make a chunk more than it was granted. */
  grant(samples: number): void
  /** Forgets the stream, and gives no further event of it; undefined when it had failed. */
  close(): Promise<StreamTotals | undefined>
}

/** Where streams are synthesised. */
export interface SynthesisBackend {
  readonly model: ModelDescription
  readonly latency: StreamLatencies
  readonly engine: string
  /** Streams that it carries in real time at the machine's present speed; 0 while it cannot carry any. */
  readonly capacity: number
  /** Streams that are open. */
  readonly open: number
  /** What is wrong with it now, for `/readyz`; absent: nothing. */
  readonly trouble?: string | undefined
  /**
   * @param payer whose share of the machine the stream is; absent: nobody's
   * @throws GlowcastError ENGINE_FAILED when it cannot carry any
   */
  openStream(options: SynthesisOptions, credit: number, events: StreamEvents, payer?: Payer): BackendStream
  stop(): Promise<void>
}
