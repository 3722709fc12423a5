import type { MelConvention } from '../../src/protocol/messages.js'
import type { Payer } from '../../src/synthesis/live/fair-share.js'
import type { StreamTotals } from '../../src/synthesis/live/synthesizer.js'
import type { SynthesisOptions } from '../../src/synthesis/options.js'
import type { Failure } from '../../src/threads/failure.js'
import type { StopMessage } from '../../src/threads/watched-thread.js'

/** What a worker is started with. */
export interface WorkerSettings {
  readonly modelFolder: string
  /** Of the model that is served; absent for the thread that reads it first. */
  readonly hash?: string
}

export type ToWorker =
  | {
      readonly type: 'open'
      readonly stream: number
      readonly options: SynthesisOptions
      readonly credit: number
      readonly payer?: Payer
    }
  /** Log-mel frames [frames, melBands], checked; the buffer is handed over. */
  | { readonly type: 'push'; readonly stream: number; readonly data: Float32Array; readonly frames: number }
  | { readonly type: 'flush'; readonly stream: number }
  | { readonly type: 'grant'; readonly stream: number; readonly samples: number }
  | { readonly type: 'close'; readonly stream: number }
  /** Forget all streams, and end. */
  | StopMessage

/** How far a stream's audio is behind its mel. */
export interface StreamLatency {
  /** Mel frames that must follow a frame before its audio is complete. */
  readonly latencyFrames: number
  /** Mel frames that suffice for the first samples. */
  readonly sufficientFrames: number
}

/** By what refines the sound. */
export interface StreamLatencies {
  /** With 0, 1, … passes toward the mel, up to all that the model has. */
  readonly plain: readonly StreamLatency[]
  /** The same with a comb; absent: the model has no pitch that one could follow. */
  readonly combed?: readonly StreamLatency[]
  /** Whether streams that do not say are combed; those of a shifted pitch are wherever they can be. */
  readonly combsByDefault: boolean
}

export interface WorkerReady {
  readonly type: 'ready'
  readonly engine: string
  readonly hash: string
  readonly mel: MelConvention
  readonly latency: StreamLatencies
  /** Streams in real time that this worker was measured to carry. */
  readonly capacity: number
}

/** The machine's speed has changed. */
interface CapacityMessage {
  readonly type: 'capacity'
  readonly capacity: number
}

export type FromWorker = WorkerReady | CapacityMessage | StreamMessage

export type StreamMessage =
  | { readonly type: 'audio'; readonly stream: number; readonly samples: Float32Array }
  /** The last samples of an utterance, if any, and what the stream has come to. */
  | {
      readonly type: 'ended'
      readonly stream: number
      readonly samples: Float32Array
      readonly totals: StreamTotals
    }
  /** A chunk was made after it was due although its mel frames had come in time. */
  | { readonly type: 'late'; readonly stream: number }
  | { readonly type: 'failed'; readonly stream: number; readonly failure: Failure }
  | { readonly type: 'closed'; readonly stream: number; readonly totals: StreamTotals }
