import { type MelScaleCheck, MelScaleChecker } from '../../src/audio/mel/scale-check.js'
import { ApiError, apiErrorOf } from '../operations/api-error.js'

/** Checks mel frames as they arrive, with errors for the client; see `MelScaleChecker`. */
export class MelCheck {
  private readonly checker: MelScaleChecker

  constructor(melBands: number, check: MelScaleCheck) {
    this.checker = new MelScaleChecker(melBands, check)
  }

  /** @param values the next frames of the stream @throws ApiError invalid_mel */
  push(values: Float32Array): void {
    this.refusing(() => this.checker.push(values))
  }

  /** The utterance ends. @throws ApiError invalid_mel */
  end(): void {
    this.refusing(() => this.checker.end())
  }

  private refusing(check: () => void): void {
    try {
      check()
    } catch (error) {
      throw apiErrorOf(error) ?? new ApiError('internal', 'a mistake of the server')
    }
  }
}
