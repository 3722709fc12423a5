import type { Word } from './control-block.js'

export const processorName = 'glowcast-player'

/** What the player's worklet is made with. With `memory` both threads share it; without, messages carry all. */
export interface ProcessorSettings {
  readonly channels: number
  /** Samples in the ring, of all channels, a power of two. */
  readonly capacity: number
  /** Of all channels. */
  readonly fadeSamples: number
  readonly memory?: { readonly ring: SharedArrayBuffer; readonly words: SharedArrayBuffer }
}

export type ToProcessor =
  /** Without shared memory: samples for the ring; the page knows that they fit. */
  | { readonly type: 'samples'; readonly samples: Float32Array }
  /** Without shared memory. */
  | { readonly type: 'word'; readonly word: Word; readonly value: number }
  /** Without shared memory: asks for a report. */
  | { readonly type: 'report' }
  | { readonly type: 'close' }

export interface FromProcessor {
  readonly type: 'report'
  readonly consumed: number
  readonly words: Int32Array
}
