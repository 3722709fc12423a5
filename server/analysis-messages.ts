import type { ErrorCode } from '../src/errors.js'
import type { MelAxes } from '../src/mel-input.js'

/** A body to be made into mel frames. */
export interface AnalysisJob {
  readonly id: number
  readonly kind: 'audio' | 'mel'
  readonly bytes: Uint8Array
  readonly axes?: MelAxes
  readonly mostSeconds: number
}

export type AnalysisResult =
  | { readonly id: number; readonly data: Float32Array; readonly frames: number; readonly channels: number }
  | {
      readonly id: number
      readonly error: { code: ErrorCode; field: string; got: string; expected: string }
    }
