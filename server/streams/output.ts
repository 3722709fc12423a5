import type { MelDescription } from '../../src/audio/mel/conventions/description.js'
import type { MelScaleCheck } from '../../src/audio/mel/scale-check.js'
import type {
  Limits,
  MediaFrame,
  PcmFormat,
  ScoreDecision,
  ServerMessage,
} from '../../src/protocol/messages.js'
import type { StreamTotals } from '../../src/synthesis/live/synthesizer.js'
import type { SynthesisOptions } from '../../src/synthesis/options.js'
import type { ApiError } from '../operations/api-error.js'
import type { Payer } from '../synthesis/backend.js'

/** What a stream needs of the connection that it belongs to. */
export interface StreamOutput {
  /** Whose share of the machine the stream is. */
  readonly payer: Payer
  readonly limits: Pick<Limits, 'framesPerMessage' | 'framesAhead' | 'flushesAhead' | 'scoreSecondsAhead'>
  /** @param written called once the message has left for the kernel */
  send(message: ServerMessage, written?: () => void): void
  /** @param written called once the bytes have left for the kernel */
  sendMedia(bytes: Uint8Array, written: () => void): void
  /** Runs what a backend, a timer or a socket calls back: a mistake of ours in it costs the connection, and no other. */
  guard(action: () => void): void
  /** Samples that a stream may have been granted and not yet written. */
  window(): number
  firstAudio(ttfaMs: number): void
  sent(samples: number): void
  ranLate(): void
  /** So much of a recording has been scored; a block of it with this decision. */
  scored(seconds: number): void
  decided(decision: ScoreDecision): void
  drifted(): void
  /** The client has been told of the stream's end: its number is free again. */
  closed(outcome: StreamOutcome, totals?: Pick<StreamTotals, 'rtf'>): void
  /** Nothing more is made for the stream: its permit is free, before the client hears of the end and opens another. */
  freed(): void
}

/** A stream of either kind, as its connection sees it. Wrong messages throw a ApiError, which ends the stream. */
export interface OpenStream {
  /** When something last came or went. */
  readonly activeAt: number
  media(frame: MediaFrame): void
  /** The client takes so many samples more. */
  grant(samples: number): void
  /** Ends the utterance; with `final` the stream too, once all is sent. */
  flush(final: boolean): void
  /** Ends the stream at once: nothing of it is sent after the answer. */
  cancel(): void
  /** Gives the stream up, and says why and how far it came. */
  fail(apiError: ApiError): void
  /** Frees the stream when there is nobody to tell. */
  drop(): void
}

export type StreamOutcome = 'done' | 'cancelled' | 'failed'

export interface StreamSettings {
  readonly id: number
  readonly format: PcmFormat
  readonly options: SynthesisOptions & { readonly melProjections: number; readonly comb: boolean }
  readonly melScaleCheck: MelScaleCheck
  /** Of the frames that the client sends; absent: the model's. */
  readonly convention?: MelDescription
  /** Samples that the client takes before it grants more. */
  readonly credit: number
}
