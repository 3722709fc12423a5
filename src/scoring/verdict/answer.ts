import type { CalibrationSet } from '../calibration/file.js'
import type { FileScore } from './file-score.js'

/** What a score was made with. */
export interface ScoreOrigin {
  readonly calibration: {
    readonly file: string
    /** `auto` where nothing could be scored, and so no group was chosen: then it alone is told. */
    readonly group: string
    readonly n?: number
    readonly date?: string
    readonly seed?: number
  }
  /** Hash of the model's weights. */
  readonly model: string
}

/** One file's object in the answer of `glowcast score --json`, and the answer of `POST /v1/score`. */
export type ScoreAnswer = FileScore & ScoreOrigin

/** @param set undefined where no group was chosen */
export function scoreOrigin(
  file: string,
  group: string,
  set: CalibrationSet | undefined,
  model: string,
): ScoreOrigin {
  const about = set === undefined ? {} : { n: set.n, date: set.date, seed: set.seed }
  return { calibration: { file, group, ...about }, model }
}
