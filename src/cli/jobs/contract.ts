import type { ScoreReportItem } from '../../report/scoring/report.js'
import type { GroupChoice } from '../../scoring/calibration/condition.js'
import type { CalibrationSet, DetectorName } from '../../scoring/calibration/file.js'
import type { MeasuredSegment } from '../../scoring/detector.js'
import type { BlockRow, BlockRowOptions } from '../../scoring/texture/calibration/block-row.js'
import type { BlockScoreOptions } from '../../scoring/verdict/file-blocks.js'
import type { FileScore } from '../../scoring/verdict/file-score.js'
import type { EngineOptions } from '../options.js'

/** A recording that is scored, one that is measured for a calibration, or several in a row that are measured together. */
export type DensityJob = string | MeasuringJob | RowJob

export interface MeasuringJob {
  readonly path: string
  /** Whether variants of it are measured too, for the reference of a calibration. */
  readonly withVariants: boolean
}

interface RowJob {
  readonly paths: readonly string[]
  readonly blocks: BlockRowOptions
}

/** A detector: plain data, so that threads can be told. */
export interface DetectorSettings {
  readonly name: DetectorName
  /** Folder of its model. */
  readonly folder: string
  /** What it ranks among; absent where recordings are measured. */
  readonly group?: GroupChoice<CalibrationSet>
}

/** What is done with each of many recordings, here or in a thread: plain data. */
export interface DensityTaskSettings {
  /** Of several, a report shows what the first one finds. */
  readonly detectors: readonly DetectorSettings[]
  readonly engine: EngineOptions
  /** How recordings are scored. */
  readonly score?: {
    /** Of each detector. */
    readonly falseAlarmRate: number
    readonly seed: number
    /** Absent: a file is judged as a whole. */
    readonly blockSeconds?: number
    readonly shortGroup?: BlockScoreOptions['shortGroup']
    /** Whether the report will show a segment: the first, or the most unusual block. */
    readonly withSegment: boolean
  }
}

export interface DensityTaskResult {
  readonly score?: FileScore
  readonly segment?: ScoreReportItem['segment']
  /** Of the recording, and of its variants. */
  readonly measurements?: readonly MeasuredSegment[]
  readonly row?: BlockRow
  /** What is wrong with a file that calibrates all the same. */
  readonly warnings?: readonly string[]
  /** Why a recording does not calibrate. */
  readonly skipped?: string
}

export interface DensityTask {
  /** Description of the engine. */
  readonly engine: string
  /** Of the model, or of both. */
  readonly hash: string
  /**
   * @param index of the job among all
   * @param onShare told how much of a long recording is done
   */
  run(job: DensityJob, index: number, onShare?: (share: number) => void): Promise<DensityTaskResult>
  dispose(): Promise<void>
}

export interface MeasuredRecordings {
  /** In the order of the jobs. */
  readonly results: readonly DensityTaskResult[]
  /** Description of the engine. */
  readonly engine: string
}
