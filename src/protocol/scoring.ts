/** Recordings, or blocks of recordings, that others are ranked among. */
export interface ScoringGroup {
  readonly name: string
  /** Recordings, or blocks, that calibrate it. */
  readonly n: number
  /** Day on which it was made, YYYY-MM-DD. */
  readonly date: string
  /** Shortest and longest of them. */
  readonly seconds: readonly [shortest: number, longest: number]
  /** They are blocks of this length; absent: whole recordings. */
  readonly blockSeconds?: number
}

/** Values of successive mel frames, one of each a frame. */
export interface FrameScores {
  /** Index in the stream of the first. */
  readonly frame: number
  readonly startSeconds: number
  /** Mean of ½z² − ½ over a frame's latents: 0 as expected, above it less likely. A map, not a test. */
  readonly surprise: readonly number[]
  /**
   * The same in bands of equal width, frame by frame, from 0 Hz up to half the model's rate: a whole number of values
   * for each of `surprise`. Servers of before do not send it.
   */
  readonly bandSurprise?: readonly number[]
  /** Negative log-likelihood. */
  readonly natsPerSample: readonly number[]
  /** Root mean square, dB full scale, not below −120. */
  readonly levelDb: readonly number[]
}

export const scoreDecisions = ['accept', 'retry', 'reject'] as const
export type ScoreDecision = (typeof scoreDecisions)[number]

/** What a block of a stream scored; the words are those of `glowcast score --json`. */
export interface BlockScore {
  readonly block: number
  /** That it is ranked among, where it is not `scoring.calibration`: a stream shorter than a block is judged as a file. */
  readonly group?: string
  readonly startSeconds: number
  readonly endSeconds: number
  /** How often normal recordings score so high; null when the block could not be scored. */
  readonly pValue: number | null
  readonly decision: ScoreDecision
  readonly reasons: readonly string[]
  /** Seconds from the start of the stream. */
  readonly anomalies: readonly {
    readonly startSeconds: number
    readonly endSeconds: number
    readonly kind: string
    readonly pValue: number
  }[]
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
  readonly bitsPerSample: number | null
  readonly natsPerSample: number | null
  /** Why there is no p-value, with a stable code: SILENT, TOO_SHORT. */
  readonly error: { readonly code: string; readonly message: string } | null
}

/** Test martingale over the p-values of a stream's blocks. */
export interface Drift {
  /** Blocks with a p-value so far. */
  readonly tests: number
  /** Natural logarithm of the martingale's value; 0 at the start. */
  readonly logMartingale: number
  /** ln(1 / driftFalseAlarmRate): the alarm is raised once the martingale gets there, and stays. */
  readonly logThreshold: number
  readonly alarm: boolean
  /** The block that raised it. */
  readonly alarmBlock: number | null
}
