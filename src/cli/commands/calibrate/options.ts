import type { CalibrateOptions } from '../../../scoring/detector.js'
import type { TextureMeasurement } from '../../../scoring/texture/reference/meter.js'
import type { DetectorSettings } from '../../jobs/contract.js'
import type { EngineOptions } from '../../options.js'

export interface CalibrateCliOptions extends EngineOptions {
  readonly data: string[]
  /** Folders of what defines what is normal; all of `data` then calibrates. */
  readonly reference?: string[]
  readonly model: string
  /** Folder of a content model, which is then calibrated instead. */
  readonly content?: string
  /** With `content`: folders of what is known to be wrong, of which the share that is found is told. */
  readonly negatives?: string[]
  /** Default: `default`, or `blocks` of a block's length. */
  readonly group?: string
  /** The items are blocks of this length instead of recordings. */
  readonly blockSeconds?: number
  readonly split: 'all' | 'held-out'
  readonly out?: string
  readonly seed: number
  readonly jobs?: number
  readonly json?: boolean
}

/** What fits and what calibrates, measured. */
export interface CalibrationMeasurements extends Pick<CalibrateOptions, 'blocks'> {
  /** Each with its variants behind it. */
  readonly fitting: readonly (readonly TextureMeasurement[])[]
  readonly items: readonly TextureMeasurement[]
  /** Why recordings are left out. */
  readonly skipped: readonly string[]
  /** What is wrong with files that are measured all the same. */
  readonly warnings: readonly string[]
}

export function textureOf({ model }: CalibrateCliOptions): DetectorSettings {
  return { name: 'texture', folder: model }
}
