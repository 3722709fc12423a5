import { highestLogMel, highestMinimum, lowestLogMel } from '../src/mel-input.js'
import type { MelConvention } from '../src/protocol.js'
import { Problem } from './problem.js'

/** So many frames of sound have a quiet place somewhere: if none has, the values are on another scale. */
const scaleFrames = 64

/** Checks mel frames as they arrive: finite, and on the scale of natural-log mels. */
export class MelCheck {
  private frames = 0
  private least = Number.POSITIVE_INFINITY

  constructor(private readonly mel: MelConvention) {}

  /**
   * @param first index of the first of these frames in the stream, for the message
   * @throws Problem invalid_mel
   */
  check(values: Float32Array, first: number): void {
    const { melBands } = this.mel
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      if (!(value >= lowestLogMel && value <= highestLogMel)) {
        const frame = first + Math.floor(i / melBands)
        throw wrongScale(`mel frame ${frame}`, `${value}`, `${lowestLogMel} to ${highestLogMel}`)
      }
      if (value < this.least) this.least = value
    }
    this.frames += values.length / melBands
    if (this.frames >= scaleFrames && this.least > highestMinimum) {
      throw wrongScale('mel', `no value below ${this.least} in ${this.frames} frames`, 'some that are quiet')
    }
  }
}

function wrongScale(field: string, got: string, expected: string): Problem {
  return new Problem(
    'invalid_mel',
    `${field}: got ${got}, expected ${expected}: natural-log mels, not linear, dB or scaled to a unit range`,
    { field },
  )
}
