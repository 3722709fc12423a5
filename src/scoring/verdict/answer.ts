import type { CalibrationSet } from '../calibration/file.js'
import type { FileScore } from './file-score.js'

/** What a score was made with. */
export interface ScoreOrigin {
  readonly calibration: {
    readonly file: string
    readonly group: string
    readonly n: number
    readonly date: string
    readonly seed: number
  }
  /** Hash of the model's weights. */
  readonly model: string
}

/** One file's object in the answer of `glowcast score --json`, and the answer of `POST /v1/score`. */
export type ScoreAnswer = FileScore & ScoreOrigin

export function scoreOrigin(
  file: string,
  group: string,
  { n, date, seed }: CalibrationSet,
  model: string,
): ScoreOrigin {
  return { calibration: { file, group, n, date, seed }, model }
}
