import type { PcmFormat } from '../../src/protocol/messages.js'
import type { Calibration } from '../../src/scoring/calibration/file.js'
import type { HeardBlock } from '../../src/scoring/recording/block-recording.js'
import type { FrameMap } from '../../src/scoring/texture/live-scorer.js'
import type { Reason } from '../../src/scoring/verdict/anomaly.js'
import type { ScoreAnswer } from '../../src/scoring/verdict/answer.js'
import type { CancelFlag } from '../workers/cancellation.js'

/** What the scoring threads are started with. */
export interface ScoringThreadSettings {
  readonly modelFolder: string
  /** Of the model that is served. */
  readonly hash: string
  /** As it was read first: a file that is replaced later says nothing about the scores under way. */
  readonly calibration: Calibration
  readonly calibrationFile: string
}

/** How a recording is judged. */
export interface ScoreSettings {
  /** `auto`: its condition chooses. */
  readonly group: string
  readonly falseAlarmRate: number
  /** Of the ties. */
  readonly seed: number
}

/** Samples without a header. */
export interface RawAudio {
  readonly sampleRate: number
  readonly channels: number
  readonly format: PcmFormat
}

/** A recording to be scored: the body of a request, or a block of a stream. */
export type ScoreJob = ScoreSettings &
  (
    | {
        readonly kind: 'body'
        readonly bytes: Uint8Array<ArrayBuffer>
        readonly cancel: CancelFlag
        /** Absent for a file whose content tells its format. */
        readonly raw?: RawAudio
        /** Judged block by block; default: as the group was calibrated. */
        readonly blockSeconds?: number
        readonly shortGroup?: string
        readonly maxSeconds: number
      }
    | (HeardBlock & {
        readonly kind: 'block'
        readonly index: number
        /** Length of the stream's blocks; absent for a stream that is shorter than one. */
        readonly blockSeconds?: number
      })
  )

export interface ScoreResult {
  readonly answer: ScoreAnswer
  /** What the measures of the last segment show, whether it is refused or not. */
  readonly found: readonly Reason[]
  readonly computeMs: number
}

export type LiveScoreJob =
  | { readonly kind: 'open'; readonly stream: number; readonly sampleRate: number }
  | { readonly kind: 'push'; readonly stream: number; readonly samples: Float32Array }
  | { readonly kind: 'flush' | 'close'; readonly stream: number }

export interface LiveScoreResult {
  readonly maps: readonly FrameMap[]
  readonly computeMs: number
  /** Answer to `open`; see `liveDelaySeconds`. */
  readonly delaySeconds?: number
}
