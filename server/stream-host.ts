import type { Limits, PcmFormat, ServerMessage } from '../src/protocol.js'
import type { StreamTotals } from '../src/synthesis/live-synthesizer.js'
import type { SynthesisOptions } from '../src/synthesis/options.js'

/** What a stream needs of the connection that it belongs to. */
export interface StreamHost {
  readonly limits: Pick<Limits, 'framesPerMessage' | 'framesAhead' | 'flushesAhead'>
  send(message: ServerMessage): void
  /** @param written called once the bytes have left for the kernel */
  sendMedia(bytes: Uint8Array, written: () => void): void
  /** Samples that a stream may have been granted and not yet written. */
  window(): number
  firstAudio(ttfaMs: number): void
  sent(samples: number): void
  ranLate(): void
  /** The client has been told of the stream's end: its number is free again. */
  closed(outcome: StreamOutcome, totals?: StreamTotals): void
  /** Nothing more is made for the stream: its place is free, before the client hears of the end and opens another. */
  freed(): void
}

export type StreamOutcome = 'done' | 'cancelled' | 'failed'

export interface StreamSettings {
  readonly id: number
  readonly format: PcmFormat
  readonly options: SynthesisOptions & { readonly melProjections: number }
  /** Samples that the client takes before it grants more. */
  readonly credit: number
}
