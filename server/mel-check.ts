import { type MelScaleCheck, MelScaleChecker } from '../src/audio/mel/scale-check.js'
import { Problem, problemOf } from './problem.js'

/** Checks mel frames as they arrive, with errors for the client; see `MelScaleChecker`. */
export class MelCheck {
  private readonly checker: MelScaleChecker

  constructor(melBands: number, check: MelScaleCheck) {
    this.checker = new MelScaleChecker(melBands, check)
  }

  /** @param values the next frames of the stream @throws Problem invalid_mel */
  push(values: Float32Array): void {
    this.refusing(() => this.checker.push(values))
  }

  /** The utterance ends. @throws Problem invalid_mel */
  end(): void {
    this.refusing(() => this.checker.end())
  }

  private refusing(check: () => void): void {
    try {
      check()
    } catch (error) {
      throw problemOf(error) ?? new Problem('internal', 'a mistake of the server')
    }
  }
}
