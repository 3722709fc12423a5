import type { EngineOptions } from '../../options.js'

export type DetectorChoice = 'texture' | 'content' | 'both'

export interface ScoreCliOptions extends EngineOptions {
  readonly model: string
  readonly calibration?: string
  readonly group?: string
  /** Files are judged block by block; default: as the group was calibrated. */
  readonly blockSeconds?: number
  readonly falseAlarmRate: number
  readonly seed: number
  readonly jobs?: number
  readonly json?: boolean
  readonly csv?: boolean
  readonly html?: string
  /** Chance of a drift alarm over normal files; told in any case when given. */
  readonly drift?: number
  /** Folder of a content model; it decides alone unless `detector` says otherwise. */
  readonly content?: string
  readonly contentCalibration?: string
  readonly contentGroup?: string
  readonly detector?: DetectorChoice
}
