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
    options?: ErrorOptions & { readonly message?: string },
  ) {
    super(options?.message ?? `${field}: got ${got}, expected ${expected}`, options)
  }
}

/** What was thrown, as an error: JavaScript can throw anything. */
export function thrownError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(typeof thrown === 'string' ? thrown : 'something that is no error', { cause: thrown })
}
