/** Stable codes: callers may switch on them; a code is never renamed or reused. */
export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'INVALID_CONFIG'
  | 'INVALID_AUDIO'
  | 'UNSUPPORTED_FORMAT'
  | 'INVALID_MEL'
  | 'SHAPE_MISMATCH'
  | 'INVALID_MODEL'
  | 'INVALID_DATASET'
  | 'UNSUPPORTED_KERNEL'
  | 'ENGINE_UNAVAILABLE'
  | 'ENGINE_FAILED'
  | 'NON_FINITE'
  | 'TOO_SHORT'
  | 'SILENT'
  | 'UNKNOWN_GROUP'
  | 'INVALID_CALIBRATION'
  | 'INVALID_RUN'
  | 'IO'

type GlowcastErrorOptions = ErrorOptions & { readonly message?: string }

/** The one error that Glowcast throws for a caller to fix: what is wrong, what it got, what it expected. */
export class GlowcastError extends Error {
  override readonly name = 'GlowcastError'

  /**
   * @param code stable code
   * @param field the argument, file or config key that is wrong
   * @param got what it got, in words
   * @param expected what it expected, in words
   * @param options `message`: said instead of the sentence that is made of the others
   */
  constructor(
    readonly code: ErrorCode,
    readonly field: string,
    readonly got: string,
    readonly expected: string,
    options?: GlowcastErrorOptions,
  ) {
    super(options?.message ?? `${field}: got ${got}, expected ${expected}`, options)
  }
}

/** Makes the errors of one code: `throw invalidModel(path, got, expected)`. */
function errorsOf(code: ErrorCode) {
  return (field: string, got: string, expected: string, options?: GlowcastErrorOptions) =>
    new GlowcastError(code, field, got, expected, options)
}

export const engineFailed = errorsOf('ENGINE_FAILED')
export const engineUnavailable = errorsOf('ENGINE_UNAVAILABLE')
export const invalidArgument = errorsOf('INVALID_ARGUMENT')
export const invalidAudio = errorsOf('INVALID_AUDIO')
export const invalidCalibration = errorsOf('INVALID_CALIBRATION')
export const invalidConfig = errorsOf('INVALID_CONFIG')
export const invalidDataset = errorsOf('INVALID_DATASET')
export const invalidMel = errorsOf('INVALID_MEL')
export const invalidModel = errorsOf('INVALID_MODEL')
export const invalidRun = errorsOf('INVALID_RUN')
export const ioError = errorsOf('IO')
export const nonFinite = errorsOf('NON_FINITE')
export const shapeMismatch = errorsOf('SHAPE_MISMATCH')
export const silent = errorsOf('SILENT')
export const tooShort = errorsOf('TOO_SHORT')
export const unknownGroup = errorsOf('UNKNOWN_GROUP')
export const unsupportedFormat = errorsOf('UNSUPPORTED_FORMAT')
export const unsupportedKernel = errorsOf('UNSUPPORTED_KERNEL')

/** What was thrown, as an error: JavaScript can throw anything. */
export function thrownError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(typeof thrown === 'string' ? thrown : 'something that is no error', { cause: thrown })
}
