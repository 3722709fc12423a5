import type { StreamTotals } from '../src/synthesis/live-synthesizer.js'
import type { SynthesisOptions } from '../src/synthesis/options.js'

/** What a worker is started with. */
export interface WorkerSettings {
  readonly modelFolder: string
}

export type ToWorker =
  | {
      readonly type: 'open'
      readonly stream: number
      readonly options: SynthesisOptions
      readonly credit: number
    }
  /** Log-mel frames [frames, melBands], checked; the buffer is handed over. */
  | { readonly type: 'push'; readonly stream: number; readonly data: Float32Array; readonly frames: number }
  | { readonly type: 'flush'; readonly stream: number }
  | { readonly type: 'grant'; readonly stream: number; readonly samples: number }
  | { readonly type: 'close'; readonly stream: number }
  | { readonly type: 'stop' }

export type FromWorker =
  | {
      readonly type: 'ready'
      readonly engine: string
      readonly hash: string
      /** Streams in real time that this worker was measured to carry. */
      readonly capacity: number
    }
  | {
      readonly type: 'audio'
      readonly stream: number
      readonly samples: Float32Array
      readonly last: boolean
    }
  | { readonly type: 'failed'; readonly stream: number; readonly message: string }
  | { readonly type: 'closed'; readonly stream: number; readonly totals: StreamTotals }
