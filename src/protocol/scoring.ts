import {
  choice,
  flag,
  list,
  nullable,
  number,
  optional,
  pair,
  type RecordOf,
  record,
  text,
} from './fields.js'

export const scoreDecisions = ['accept', 'retry', 'reject'] as const
export type ScoreDecision = (typeof scoreDecisions)[number]

const count = number(0)

/** Recordings, or blocks of recordings, that others are ranked among. */
export const scoringGroup = {
  /** By which `score` asks for it. */
  name: text(),
  /** Recordings, or blocks, that calibrate it. */
  n: count,
  /** Day on which it was made, YYYY-MM-DD. */
  date: text(),
  /** Length of the shortest and of the longest of them. */
  seconds: pair,
  /** They are blocks of this length; absent: whole recordings. */
  blockSeconds: optional(count),
} as const

/** Values of successive mel frames, one of each a frame. */
export const frameScores = {
  /** Index in the stream of the first. */
  frame: count,
  /** Start of the first. */
  startSeconds: number(),
  /** Mean of ½z² − ½ over a frame's latents: 0 as expected, above it less likely. A map, not a test. */
  surprise: list(number()),
  /**
   * The same in 8 bands of equal width from 0 Hz to half the model's rate, 8 values a frame, lowest band first. Earlier
   * servers leave it out.
   */
  bandSurprise: optional(list(number())),
  /** Negative log-likelihood. */
  natsPerSample: list(number()),
  /** Root mean square, dB full scale, at least -120. */
  levelDb: list(number()),
} as const

/** What a block of a stream scored; the words are those of `glowcast score --json`. */
export const blockScore = {
  /** Its number, from 0. */
  block: count,
  /**
   * Group that it was ranked among, where that is not `scoring.calibration`: a shorter stream is judged as a file, and
   * with `auto` the first block chooses the group of all.
   */
  group: optional(text()),
  /** What the block chose that group by. */
  groupReason: optional(text()),
  /** From the start of the stream. */
  startSeconds: count,
  /** From the start of the stream. */
  endSeconds: count,
  /** How often normal recordings score so high; null when the block could not be scored. */
  pValue: nullable(number()),
  /** What to do with it. */
  decision: choice(scoreDecisions),
  /** Why it is not accepted. */
  reasons: list(text()),
  /** Seconds are from the start of the stream. They have p-values of their own: an accepted block can have some. */
  anomalies: list(record({ startSeconds: count, endSeconds: count, kind: text(), pValue: number() })),
  /** What makes the values less certain. */
  warnings: list(record({ code: text(), message: text() })),
  /** Description length. */
  bitsPerSample: nullable(number()),
  /** Negative log-likelihood. */
  natsPerSample: nullable(number()),
  /** Why there is no p-value, with a stable code: SILENT, TOO_SHORT. */
  error: nullable(record({ code: text(), message: text() })),
} as const

/** Test martingale over the p-values of a stream's blocks. */
export const drift = {
  /** Blocks with a p-value so far. */
  tests: count,
  /** Natural logarithm of the martingale's value; 0 at the start. */
  logMartingale: number(),
  /** ln(1 / driftFalseAlarmRate): the alarm is raised once the martingale gets there, and stays. */
  logThreshold: number(),
  /** Whether it was raised. */
  alarm: flag,
  /** The block that raised it. */
  alarmBlock: nullable(count),
} as const

export type ScoringGroup = RecordOf<typeof scoringGroup>
export type FrameScores = RecordOf<typeof frameScores>
export type BlockScore = RecordOf<typeof blockScore>
export type Drift = RecordOf<typeof drift>
