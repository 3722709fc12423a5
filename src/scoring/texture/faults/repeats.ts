import { RealFft } from '../../../audio/spectral/real-fft.js'
import { sumOfSquares } from '../../../numeric/stats.js'
import { eventAt, prominent, type SoundEvent } from './spans.js'

/** What is compared with the sound before it; a packet of 10 ms holds a whole one wherever it begins. */
const windowSeconds = 0.005

/** How long ago the sound may have been played first: from half a cycle of a high voice to a long packet. */
const minLagSeconds = 0.0025
const maxLagSeconds = 0.06

/** Lags as near to the best one as this are of the same repeat. */
const sameLagSeconds = 0.001

/** Mean square of the second difference: 15 dB above that of the rounding to 16 bits. */
const powerFloor = 1.6e-8

/** The most that a repeat stands out by, dB: rounding to 16 bits leaves about as much. */
const maxDb = 60

/** Weaker repeats are places only when there are no stronger ones: voices reach 14 dB, telephone lines carry 37. */
const eventDb = 25

/** Samples that belong to a repeat may differ by this, against the root mean square of its window or of its error. */
const minTolerance = 0.1
const errorTolerance = 4

/** Time-stretching blends what it repeats, so that few windows show it. */
const commonShare = 0.97

/** Samples that a second difference reaches back. */
const differenceOrder = 2

export interface Repeats {
  readonly events: SoundEvent[]
  /** How far repeats stand out in all but 3 % of the windows at most, dB. */
  readonly commonDb: number
}

/**
 * Sound that is played twice: concealed packets, loops, time-stretching. How far a repeat stands out is by how many dB
 * the error of the best prediction of 5 ms from what was 2.5 to 60 ms earlier lies below that of the best prediction from
 * another time. A voice repeats itself at every multiple of its cycle, a tone at any: neither stands out. Second differences
 * are compared, as highs repeat least by themselves.
 */
export function findRepeats(waveform: Float32Array, sampleRate: number): Repeats {
  const sound = new RepeatFinder(secondDifference(waveform), sampleRate)
  const strengths: number[] = []
  const events: SoundEvent[] = []
  let strongest = 0
  for (const repeat of sound.windows()) {
    strengths.push(repeat.strength)
    if (repeat.strength < Math.min(strongest, eventDb)) continue
    strongest = Math.max(strongest, repeat.strength)
    const event = sound.eventOf(repeat)
    const last = events.at(-1)
    if (last === undefined || last.endSeconds <= event.startSeconds) events.push(event)
    else if (event.strength > last.strength) events[events.length - 1] = event
  }
  strengths.sort((a, b) => a - b)
  return {
    events: prominent(events, eventDb),
    commonDb: strengths[Math.floor(commonShare * strengths.length)] ?? 0,
  }
}

/** A window and the sound before it that is most like it. */
interface Repeat {
  readonly start: number
  readonly lag: number
  /** dB. */
  readonly strength: number
  /** What the earlier sound is multiplied by. */
  readonly gain: number
  /** Root mean squares of the window, and of what the earlier sound leaves of it. */
  readonly level: number
  readonly error: number
}

class RepeatFinder {
  private readonly length: number
  private readonly minLag: number
  private readonly maxLag: number
  private readonly sameLag: number

  /** @param sound second differences of a waveform */
  constructor(
    private readonly sound: Float64Array,
    private readonly sampleRate: number,
  ) {
    const samples = (seconds: number) => Math.round(seconds * sampleRate)
    this.length = samples(windowSeconds)
    this.minLag = samples(minLagSeconds)
    this.maxLag = samples(maxLagSeconds)
    this.sameLag = samples(sameLagSeconds)
  }

  /** Of each window that is not silent, what repeats in it. */
  *windows(): Generator<Repeat> {
    const { sound, length, maxLag } = this
    const size = 2 ** Math.ceil(Math.log2(maxLag + 2 * length))
    const fft = new RealFft(size)
    const [window, past, products] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)]
    const [spectrum, pastSpectrum] = [new Float64Array(size + 2), new Float64Array(size + 2)]
    // The spectrum of what came before serves all windows that fit behind it.
    const windowsAtOnce = Math.floor((size - maxLag) / length)
    for (let first = 0; first + length <= sound.length; first += windowsAtOnce * length) {
      copyPart(sound, first - maxLag, past)
      fft.forward(past, pastSpectrum)
      for (let w = 0; w < windowsAtOnce; w++) {
        const start = first + w * length
        if (start + length > sound.length) return
        window.set(sound.subarray(start, start + length))
        const energy = sumOfSquares(window.subarray(0, length))
        if (energy < powerFloor * length) continue
        fft.forward(window, spectrum)
        multiplyByConjugate(spectrum, pastSpectrum)
        fft.inverse(spectrum, products)
        yield this.best(start, energy, products.subarray(w * length), past.subarray(w * length))
      }
    }
  }

  /**
   * @param products of the window with `past`, from `maxLag` before it on
   * @param past from there on
   */
  private best(start: number, energy: number, products: Float64Array, past: Float64Array): Repeat {
    const { length, maxLag, minLag, sameLag } = this
    const explained = new Float64Array(maxLag - minLag + 1)
    let [best, bestEarlier] = [0, Number.POSITIVE_INFINITY]
    let earlier = sumOfSquares(past.subarray(0, length))
    for (let k = 0; k < explained.length; k++) {
      if (products[k]! > 0 && earlier > powerFloor * length) {
        explained[k] = (products[k]! * products[k]!) / (earlier * energy)
        if (k === 0 || explained[k]! > explained[best]!) {
          best = k
          bestEarlier = earlier
        }
      }
      earlier += past[k + length]! ** 2 - past[k]! ** 2
    }
    const other = Math.max(
      0,
      highestPeak(explained, 0, best - sameLag),
      highestPeak(explained, best + sameLag + 1, explained.length),
    )
    const least = 10 ** (-maxDb / 10)
    const left = Math.max(least, 1 - explained[best]!)
    return {
      start,
      lag: maxLag - best,
      strength: 10 * Math.log10(Math.max(left, 1 - other) / left),
      gain: products[best]! / bestEarlier,
      level: Math.sqrt(energy / length),
      error: Math.sqrt((left * energy) / length),
    }
  }

  /** The samples around a window, up to a lag away, that are as much alike. */
  eventOf({ start, lag, gain, level, error, strength }: Repeat): SoundEvent {
    const { sound, length } = this
    const tolerance = Math.max(errorTolerance * error, minTolerance * level)
    const isRepeat = (i: number) => Math.abs(sound[i]! - gain * sound[i - lag]!) < tolerance
    let [first, end] = [start, start + length]
    const earliest = Math.max(lag, start - lag)
    const latest = Math.min(sound.length, end + lag)
    while (first > earliest && isRepeat(first - 1)) first--
    while (end < latest && isRepeat(end)) end++
    return eventAt(Math.max(0, first - differenceOrder), end, this.sampleRate, strength)
  }
}

function secondDifference(x: Float32Array): Float64Array {
  const result = new Float64Array(x.length)
  for (let i = differenceOrder; i < x.length; i++) result[i] = x[i]! - 2 * x[i - 1]! + x[i - 2]!
  return result
}

/** Fills `target` with samples from `start` on, zeros where there are none. */
function copyPart(sound: Float64Array, start: number, target: Float64Array): void {
  target.fill(0)
  target.set(sound.subarray(Math.max(0, start), Math.max(0, start + target.length)), Math.max(0, -start))
}

/**
 * The highest of values [from, to), as a parabola through it and its neighbours has it: the cycle of a tone is no whole
 * number of samples.
 */
function highestPeak(values: Float64Array, from: number, to: number): number {
  let highest = from
  for (let i = from + 1; i < to; i++) if (values[i]! > values[highest]!) highest = i
  if (from >= to) return 0
  const [before, peak, behind] = [values[highest - 1], values[highest]!, values[highest + 1]]
  if (before === undefined || behind === undefined || before > peak || behind > peak) return peak
  const curvature = 2 * peak - before - behind
  return curvature > 0 ? Math.min(1, peak + (before - behind) ** 2 / (8 * curvature)) : peak
}

/** a becomes its conjugate times b: the spectrum of the correlation of the two. */
function multiplyByConjugate(a: Float64Array, b: Float64Array): void {
  for (let i = 0; i < a.length; i += 2) {
    const [re, im] = [a[i]!, a[i + 1]!]
    a[i] = b[i]! * re + b[i + 1]! * im
    a[i + 1] = b[i + 1]! * re - b[i]! * im
  }
}
