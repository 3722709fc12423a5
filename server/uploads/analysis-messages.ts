import type { Frames } from '../../src/audio/buffers/frames.js'
import type { FileWarning } from '../../src/audio/files/file-warnings.js'
import type { MelDescription } from '../../src/audio/mel/conventions/description.js'
import type { MelAxes } from '../../src/audio/mel/load-mel.js'
import type { MelScaleCheck } from '../../src/audio/mel/scale-check.js'
import type { CancelFlag } from '../workers/cancellation.js'

/** What is worth knowing of a body that was taken all the same; `code` is stable. */
export interface BodyWarning {
  readonly code: FileWarning['code'] | 'MEL_SCALE'
  readonly message: string
}

export interface Analysed {
  readonly mel: Frames
  readonly warnings: readonly BodyWarning[]
}

/** A body to be made into mel frames. */
export interface AnalysisJob {
  readonly kind: 'audio' | 'mel'
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly axes?: MelAxes
  readonly melScaleCheck?: MelScaleCheck
  readonly convention?: MelDescription
  readonly maxSeconds: number
  readonly cancel: CancelFlag
}
