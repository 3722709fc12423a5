import { highestPitch } from '../audio/excitation/excitation.js'
import type { MelDescription } from '../audio/mel/conventions/description.js'
import { melPresets } from '../audio/mel/mel.js'
import type { MelScaleCheck } from '../audio/mel/scale-check.js'
import { maxSharpening } from '../audio/mel/sharpen.js'
import { isF0 } from '../audio/pitch/input.js'
import { invalidArgument } from '../errors.js'
import { maxMelProjections } from '../models/config/limits.js'
import type { GlowcastConfig, WaveglowConfig } from '../models/config/model-config.js'
import { passesFor, type Quality, qualities } from './quality.js'

export interface SynthesisOptions {
  /** Seed of the noise; the same seed gives the same samples. Default 0. */
  readonly seed?: number
  /** Standard deviation of the noise; default: the model's. */
  readonly temperature?: number
  /** Shift of the pitch. Default 0. */
  readonly pitchSemitones?: number
  /** Whether speed or sound counts: how many passes toward the given mel are made. Default `balanced`. */
  readonly quality?: Quality
  /** The number of those passes itself, instead of a `quality`. See `MelProjectionChain`. */
  readonly melProjections?: number
  /**
   * Whether the passes follow the mel in all its detail, its harmonics too. They then undo any other pitch than the
   * mel's. By default they follow it where the pitch is predicted and not shifted, and of an `f0Hz` in the frames where
   * it agrees with the pitch that is predicted from the mel; elsewhere only the mel's envelope counts.
   */
  readonly melDetail?: boolean
  /**
   * How much the mel is sharpened, from 0 to 1; see `sharpenMel`. 0: the mel as it is given; 0.3 suits an acoustic model
   * whose mels are very smooth. Default: the model's.
   */
  readonly sharpen?: number
  /**
   * Whether a `PitchComb` takes hoarseness away before the last pass; it needs a model with a pitch, and delays the sound by
   * 23 ms. The exported ONNX graph has none. Default: the model's; on where the pitch is shifted.
   */
  readonly comb?: boolean
  /** F0 of each mel frame in Hz (0: unvoiced) instead of the network's prediction; unvoiced beyond its end. */
  readonly f0Hz?: ArrayLike<number>
  /**
   * Whether `Vocoder` refuses mels of another scale than natural logarithms, as `MelScaleChecker` tells them. Default on;
   * off for mels that were computed here, or are known to be right.
   */
  readonly melScaleCheck?: MelScaleCheck
  /** Convention of the mel that `Vocoder` is given, from `readMelConvention`; default: the model's. */
  readonly melConvention?: MelDescription
  /** How much of the model's bias spectrum `Vocoder` takes away; see `Denoiser`. Default 0: none. */
  readonly denoise?: number
}

/** Where the passes follow the detail of the mel: in every frame, in none, or where the given F0 is the mel's. */
type MelDetail = 'everywhere' | 'nowhere' | 'where-f0-agrees'

export interface CheckedOptions {
  readonly seed: number
  readonly temperature: number
  /** Factor on every F0. */
  readonly pitchFactor: number
  readonly melProjections: number
  readonly melDetail: MelDetail
  readonly sharpen: number
  readonly comb: boolean
  readonly f0Hz: ArrayLike<number> | undefined
}

/** @throws GlowcastError INVALID_ARGUMENT naming the option */
export function checkSynthesisOptions(options: SynthesisOptions, config: GlowcastConfig): CheckedOptions {
  const passes = passesOf(options, config)
  const pitchFactor = 2 ** (inRange('pitchSemitones', options.pitchSemitones ?? 0, -36, 36) / 12)
  return {
    seed: wholeNumber('seed', options.seed ?? 0),
    temperature: inRange('temperature', options.temperature ?? config.temperature, 0, 2),
    pitchFactor,
    melDetail: melDetailOf(options),
    melProjections: inRange('melProjections', passes, 0, maxMelProjections),
    sharpen: inRange('sharpen', options.sharpen ?? config.sharpen, 0, maxSharpening),
    comb: combOf(options, config),
    f0Hz:
      options.f0Hz === undefined
        ? undefined
        : checkedF0(options.f0Hz, pitchFactor, melPresets[config.mel].sampleRate),
  }
}

function passesOf({ quality, melProjections }: SynthesisOptions, config: GlowcastConfig): number {
  if (quality !== undefined && !qualities.includes(quality)) {
    throw invalidArgument('quality', `${quality}`, `one of ${qualities.join(', ')}`)
  }
  if (melProjections === undefined) return passesFor(quality ?? 'balanced', config.melProjection.passes)
  if (quality !== undefined) {
    throw invalidArgument('quality', quality, 'none beside melProjections, which say the number of passes')
  }
  return wholeNumber('melProjections', melProjections)
}

function combOf({ comb, pitchSemitones = 0 }: SynthesisOptions, config: GlowcastConfig): boolean {
  if (comb === undefined) return combsByDefault(pitchSemitones, config.comb, config.excitation)
  if (typeof comb !== 'boolean') throw invalidArgument('comb', `${comb}`, 'true or false')
  if (comb && !config.excitation) throw invalidArgument('comb', 'true', 'false: the model has no pitch')
  return comb
}

/**
 * Whether the sound is combed where nothing is said of it: where the pitch is shifted, the passes know no harmonics, and leave
 * most of the voice hoarse.
 *
 * @param always what the model says
 * @param isPossible the model has a pitch that a comb can follow
 */
export function combsByDefault(pitchSemitones: number, always: boolean, isPossible: boolean): boolean {
  return always || (isPossible && pitchSemitones !== 0)
}

function melDetailOf({ melDetail, f0Hz, pitchSemitones = 0 }: SynthesisOptions): MelDetail {
  if (melDetail !== undefined) return melDetail ? 'everywhere' : 'nowhere'
  if (pitchSemitones !== 0) return 'nowhere'
  return f0Hz === undefined ? 'everywhere' : 'where-f0-agrees'
}

/**
 * Of a `waveglow` model, whose pitch is in its mel.
 *
 * @throws GlowcastError INVALID_ARGUMENT naming the option
 */
export function checkWaveglowOptions(
  options: SynthesisOptions,
  config: WaveglowConfig,
): Pick<CheckedOptions, 'seed' | 'temperature'> {
  inRange('pitchSemitones of a waveglow model', options.pitchSemitones ?? 0, 0, 0)
  inRange('melProjections of a waveglow model', options.melProjections ?? 0, 0, 0)
  if (options.quality !== undefined) {
    throw invalidArgument('quality', options.quality, 'none: a waveglow model makes no passes')
  }
  inRange('sharpen of a waveglow model', options.sharpen ?? 0, 0, 0)
  if (options.comb === true) {
    throw invalidArgument('comb', 'true', 'false: a waveglow model has no pitch')
  }
  if (options.f0Hz !== undefined) {
    throw invalidArgument('f0Hz', 'an F0', 'none: a waveglow model has it in its mel')
  }
  if (options.melDetail === true) {
    throw invalidArgument('melDetail', 'true', 'false: a waveglow model makes no passes')
  }
  return {
    seed: wholeNumber('seed', options.seed ?? 0),
    temperature: inRange('temperature', options.temperature ?? config.temperature, 0, 2),
  }
}

/** @throws GlowcastError INVALID_ARGUMENT */
export function checkDenoise(strength: number): number {
  return inRange('denoise', strength, 0, 2)
}

function wholeNumber(field: string, value: number): number {
  if (!Number.isSafeInteger(value)) {
    throw invalidArgument(field, `${value}`, 'a whole number')
  }
  return value
}

function inRange(field: string, value: number, least: number, most: number): number {
  if (!(value >= least && value <= most)) {
    throw invalidArgument(field, `${value}`, `a number from ${least} to ${most}`)
  }
  return value
}

/** A copy: what the caller writes into its array later cannot break a stream under way. */
function checkedF0(f0Hz: ArrayLike<number>, pitchFactor: number, sampleRate: number): ArrayLike<number> {
  const highest = highestPitch(sampleRate)
  return Float64Array.from(f0Hz, (value, i) => {
    if (!isF0(value)) {
      throw invalidArgument(`f0Hz[${i}]`, `${value}`, '0 (unvoiced) or 20 to 2000 Hz')
    }
    if (value * pitchFactor > highest) {
      const got = `${value} shifted to ${Math.round(value * pitchFactor)} Hz by pitchSemitones`
      throw invalidArgument(`f0Hz[${i}]`, got, `at most ${Math.floor(highest)} Hz`)
    }
    return value
  })
}
