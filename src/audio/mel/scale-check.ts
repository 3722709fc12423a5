import { GlowcastError } from '../../errors.js'
import type { Frames } from '../buffers/frames.js'
import { guessScales, isOnPowerLog10Floor } from './scale-guess.js'
import { ScaleStatistics, type ScaleSummary } from './scale-statistics.js'

/** `off` takes mels of any statistics: they must still be finite and within -30 … 6. */
export const melScaleChecks = ['on', 'off'] as const
export type MelScaleCheck = (typeof melScaleChecks)[number]

/** Natural-log mels of audio within full scale lie inside these. */
const LOWEST = -30
export const highestLogMel = 6

/** A frame that holds one value in every band is made up, unless it is as quiet as digital silence. */
const HIGHEST_CONSTANT = -6

/** Speech clipped by 24 dB has frames of -0.32: above this no frame of audio within full scale is. */
const HIGHEST_FRAME_MEAN = 0

/** White noise that is clipped to a random sign has a mean of -0.26, the loudest sound that there is. */
const HIGHEST_MEAN = -0.2

/** Of what has the dynamics of speech: clipped by 24 dB it has a mean of -0.8. */
const HIGHEST_SPEECH_MEAN = -0.5

/** Speech changes from frame to frame by less than this part of its deviation, white and pink noise by more. */
const NOISY = 0.3

/** The largest value of clipped full-scale sounds is 2.45. */
const HIGHEST_DENSE = 2.6

/** With fewer quiet values than this a recording has no pauses and no empty bands: it is full of noise, or no recording. */
const DENSE_SHARE = 0.01

const ESCAPE = 'set `melScaleCheck` to off to accept them as they are'

/** Share of the values that may lie on the lowest one, and of those of a held tone, all frames of which may be one. */
const FLOOR_SHARE = 0.01
const FLOOR_SHARE_OF_TONE = 0.05

/**
 * Noise changes from frame to frame by 0.26 in natural logarithms whatever its level and colour: it is the physics of
 * the transform. What is as full as noise and smoother than it, is on a smaller scale; log10 mels have 0.12 to 0.2.
 */
const LEAST_ROUGHNESS = 0.225

/**
 * What has no quiet values is full of noise, of which its low frames consist: they change by no less than noise does, and
 * turn about as often. What is no louder than log10 mels are, and whose low frames do not, is log10 mels of speech.
 */
const LOW_FRAMES = { enough: 20, minRoughness: 0.245, minCurvature: 1.22 }
const HIGHEST_LOG10 = 1.2

/** A few frames may be smoother by chance. */
const LEAST_ROUGHNESS_OF_FEW = 0.15

/** What is steadier than this part of its deviation is a held tone, which may be as smooth as it likes. */
const STEADY = 0.1

/** Of values below silence a few may be the mistakes of an acoustic model. */
const LOW_SHARE = 0.01

/** Pairs of frames that the check decides by, in a stream and in a mel that is shorter. */
const ENOUGH_PAIRS = 24
const FEW_PAIRS = 8

/**
 * Tells mels of another scale (log10, decibels, linear, scaled to a range, normalised) from natural-log mels, frame by
 * frame in bounded memory. Pauses are no evidence, so that a stream may begin with silence. It decides as soon as 24
 * pairs of frames are there that are no pauses; `end` decides by 8.
 */
export class MelScaleChecker {
  private readonly statistics: ScaleStatistics
  private frames = 0
  private strayValue: { readonly frame: number; readonly band: number; readonly value: number } | undefined
  private constant: { readonly first: number; last: number; readonly value: number } | undefined

  /** @param file how errors name the mel; absent: a stream, of which they name the frame */
  constructor(
    private readonly melBands: number,
    private readonly check: MelScaleCheck = 'on',
    private readonly file?: string,
  ) {
    this.statistics = new ScaleStatistics(melBands)
  }

  /**
   * @param values the next frames, [frames, melBands]
   * @throws GlowcastError INVALID_MEL
   */
  push(values: Float32Array): void {
    for (let start = 0; start < values.length; start += this.melBands) {
      this.take(values.subarray(start, start + this.melBands))
      this.frames += 1
    }
    this.decide(ENOUGH_PAIRS)
  }

  /** Decides on what came since the beginning. @throws GlowcastError INVALID_MEL */
  end(): void {
    this.decide(FEW_PAIRS)
  }

  private take(frame: Float32Array): void {
    const { frames } = this
    const band = frame.findIndex((value) => !(value >= LOWEST && value <= highestLogMel))
    if (band >= 0 && !Number.isFinite(frame[band])) {
      throw this.valueRefusal({ frame: frames, band, value: frame[band]! }, 'finite log-mels')
    }
    if (band >= 0) this.strayValue ??= { frame: frames, band, value: frame[band]! }
    const value = frame[0]!
    if (value <= HIGHEST_CONSTANT || frame.some((other) => other !== value)) this.statistics.push(frame)
    else if (this.constant === undefined) this.constant = { first: frames, last: frames, value }
    else if (this.constant.last === frames - 1) this.constant.last = frames
  }

  private decide(enoughPairs: number): void {
    const { summary } = this.statistics
    if (this.strayValue !== undefined) {
      const expected = `${LOWEST} to ${highestLogMel} in natural-log mels`
      throw this.valueRefusal(this.strayValue, `${expected}: these look like ${wordsOf(summary)}`)
    }
    if (this.check === 'off') return
    if (isForeign(summary, enoughPairs)) {
      const { lowest, highest, all } = summary
      const got = `values from ${lowest.toFixed(2)} to ${highest.toFixed(2)} with a mean of ${all.mean.toFixed(2)}`
      const expected = 'natural-log mels, in which silence is -11.51'
      throw this.refusal(got, `${expected}: these look like ${wordsOf(summary)}; ${ESCAPE}`)
    }
    if (this.constant === undefined) return
    const { first, last, value } = this.constant
    const where = first === last ? `frame ${first}` : `frames ${first} to ${last}`
    const expected = 'natural-log mels, in which silence is -11.51: cut padding off, or convert another scale'
    throw this.refusal(`${where} with ${value} in every band`, `${expected}; ${ESCAPE}`)
  }

  private valueRefusal(
    { frame, band, value }: { readonly frame: number; readonly band: number; readonly value: number },
    expected: string,
  ): GlowcastError {
    return this.file === undefined
      ? new GlowcastError('INVALID_MEL', `mel frame ${frame}`, `${value} in band ${band}`, expected)
      : this.refusal(`${value} in frame ${frame}, band ${band}`, expected)
  }

  private refusal(got: string, expected: string): GlowcastError {
    return new GlowcastError('INVALID_MEL', this.file ?? 'mel', got, expected)
  }
}

function wordsOf(summary: ScaleSummary): string {
  return guessScales(summary)
    .map(({ name, formula, convention }) => {
      const named =
        convention === undefined ? '' : `, or set \`melConvention\` to ${convention} if they are its`
      return `${name}, convert them with ${formula}${named}`
    })
    .join('; or like ')
}

/** @throws GlowcastError INVALID_MEL when a whole mel cannot be a natural-log mel */
export function assertNaturalLog(
  { data, channels }: Frames,
  field: string,
  check: MelScaleCheck = 'on',
): void {
  const checker = new MelScaleChecker(channels, check, field)
  checker.push(data)
  checker.end()
}

/** @param enoughPairs pairs of frames that are enough to decide by */
function isForeign(summary: ScaleSummary, enoughPairs: number): boolean {
  const { highest, highestFrameMean, mean, pairs } = summary
  if (highestFrameMean > HIGHEST_FRAME_MEAN) return true
  const isTooLow = summary.belowFloorShare > LOW_SHARE || isOnPowerLog10Floor(summary)
  if (summary.all.pairs >= enoughPairs && isTooLow) return true
  if (pairs < enoughPairs) return false
  const { roughness, deviation, floorShare } = summary
  if (mean > (roughness < NOISY * deviation ? HIGHEST_SPEECH_MEAN : HIGHEST_MEAN)) return true
  if (summary.quietShare >= DENSE_SHARE) return false
  if (highest > HIGHEST_DENSE || floorShare > FLOOR_SHARE_OF_TONE) return true
  if (roughness < STEADY * deviation) return false
  if (highest < HIGHEST_LOG10 && lacksNoise(summary)) return true
  return (
    roughness < (pairs < ENOUGH_PAIRS ? LEAST_ROUGHNESS_OF_FEW : LEAST_ROUGHNESS) || floorShare > FLOOR_SHARE
  )
}

function lacksNoise({ low }: ScaleSummary): boolean {
  const { enough, minRoughness, minCurvature } = LOW_FRAMES
  return low.triples >= enough && (low.roughness < minRoughness || low.curvature < minCurvature)
}
