import type { MelAxes } from '../../src/audio/mel/load-mel.js'
import type { MelScaleCheck } from '../../src/audio/mel/scale-check.js'
import type { CancelFlag } from '../workers/cancellation.js'

/** A body to be made into mel frames. */
export interface AnalysisJob {
  readonly kind: 'audio' | 'mel'
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly axes?: MelAxes
  readonly melScaleCheck?: MelScaleCheck
  readonly mostSeconds: number
  readonly cancel: CancelFlag
}
