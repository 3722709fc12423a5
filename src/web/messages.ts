import type { Frames } from '../audio/buffers/frames.js'
import type { MelConfig } from '../audio/mel/mel-config.js'
import type { SynthesisOptions } from '../synthesis/options.js'
import type { Failure } from '../threads/failure.js'

/** Bytes of the model and of the WebAssembly that computes it. What is stored already counts as loaded. */
export interface LoadProgress {
  readonly loaded: number
  readonly total: number
}

/** The first message to the worker: addresses, absolute. */
export interface LoadRequest {
  readonly modelUrl: string
  readonly runtimeUrl: string
}

/** What the worker answers: progress, then one of the others. */
export type LoadReply =
  | ({ readonly type: 'progress' } & LoadProgress)
  | { readonly type: 'loaded'; readonly mel: MelConfig; readonly isStored: boolean; readonly engine: string }
  | { readonly type: 'failed'; readonly failure: Failure }

/** Each further message to the worker opens a stream; what follows goes through the port that comes with it. */
export interface OpenRequest {
  readonly options: SynthesisOptions
}

/** From the page: it wants samples, gives mel frames that were wanted, says that there are no more, or gives up. */
export type StreamRequest =
  | { readonly type: 'next' }
  | { readonly type: 'mel'; readonly frames: Frames }
  | { readonly type: 'end' }
  | { readonly type: 'close' }

/** From the worker: it wants mel frames, gives samples that were wanted, or has ended. */
export type StreamReply =
  | { readonly type: 'want' }
  | { readonly type: 'samples'; readonly samples: Float32Array }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly failure: Failure }
