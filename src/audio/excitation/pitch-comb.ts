import { requireFinite } from '../buffers/finite.js'
import { SampleWindow } from '../buffers/sample-window.js'
import { lowestHz, PitchCourse } from './pitch-course.js'

/** Above, harmonics of one cycle and the next differ as they do in a voice. */
const cutoffHz = 2000
/** Of the filter that takes what is below, to either side. */
const filterSeconds = 1 / 350
/** Samples to either side of a place that its value is interpolated from. */
const interpolated = 2

/** Weights of a place itself, and of the places one cycle before and behind it. */
const ownWeight = 0.5
const otherWeight = 0.25

interface Rates {
  readonly sampleRate: number
  readonly hopLength: number
}

/** Samples that a `PitchComb` is behind: whole hops, since what works by hops would wait for them. */
export function combLatency({ sampleRate, hopLength }: Rates): number {
  const needed = Math.ceil(sampleRate / lowestHz) + interpolated + Math.round(filterSeconds * sampleRate)
  return hopLength * Math.ceil(needed / hopLength)
}

/**
 * Takes hoarseness away: what is below 2 kHz in voiced sound becomes the mean of itself and of the same places in the cycles
 * before and behind. Harmonics of the given pitch stay, whatever is between them becomes softer, by cos² of how far it is
 * from one. Unvoiced samples stay as they are.
 *
 * Streaming: all pushes and the flush together give the same samples for any chunking, `latency` behind what was pushed.
 */
export class PitchComb {
  readonly latency: number
  /** The longest cycle, in samples, and what is kept before the next sample for it. */
  private readonly reach: number
  private readonly past: number
  private readonly filter: Float64Array
  private readonly course: PitchCourse
  // All start at the same sample, `past` before the next that goes out.
  private readonly input = new SampleWindow()
  private readonly low = new SampleWindow()
  private readonly steps = new SampleWindow()
  private readonly shares = new SampleWindow()
  private cycles: NeighbourCycles
  private pushed = 0

  constructor(rates: Rates) {
    this.latency = combLatency(rates)
    this.filter = lowPass(rates.sampleRate)
    this.reach = this.latency - interpolated - (this.filter.length - 1)
    this.past = this.latency
    this.course = new PitchCourse(rates, this.steps, this.shares)
    this.cycles = this.startAnew()
  }

  /**
   * F0 of the next frames of a hop, in Hz, 0 where unvoiced. Samples wait for it; at the end those without any are
   * unvoiced.
   */
  follow(f0Hz: Float32Array): void {
    this.course.push(f0Hz)
  }

  /**
   * Any number of samples → those that they complete.
   *
   * @throws GlowcastError NON_FINITE
   */
  push(samples: Float32Array): Float32Array {
    requireFinite(samples, this.pushed)
    this.pushed += samples.length
    this.input.append(samples)
    return this.run()
  }

  /** Ends the signal after `last` samples more: all that was held back. The object is then as new. */
  flush(last: Float32Array = new Float32Array(0)): Float32Array {
    requireFinite(last, this.pushed)
    this.input.append(last)
    this.course.flush()
    // Behind the end there is neither sound nor pitch.
    const end = this.input.length
    for (const window of [this.steps, this.shares]) {
      window.samples.fill(0, end)
      window.extend(Math.max(0, end + this.latency - window.length)).fill(0)
    }
    this.input.extend(this.latency).fill(0)
    const rest = this.run()
    for (const window of this.windows) window.drop(window.length)
    this.cycles = this.startAnew()
    this.pushed = 0
    return rest
  }

  private get windows(): readonly SampleWindow[] {
    return [this.input, this.low, this.steps, this.shares]
  }

  private startAnew(): NeighbourCycles {
    for (const window of this.windows) window.extend(this.past).fill(0)
    return new NeighbourCycles(this.past)
  }

  /** The samples that all is known of. */
  private run(): Float32Array {
    this.filterLow()
    const known = Math.min(this.input.length, this.steps.length) - this.past - this.latency
    const output = new Float32Array(Math.max(0, known))
    const low = this.low.samples
    const steps = this.steps.samples
    const shares = this.shares.samples
    output.set(this.input.samples.subarray(this.past, this.past + output.length))
    for (let i = 0; i < output.length; i++) {
      const n = this.past + i
      this.cycles.moveTo(n, steps, this.reach)
      const share = shares[n]!
      if (share > 0) output[i]! += share * (this.mean(n, low, shares) - low[n]!)
    }
    this.cycles.drop(output.length)
    for (const window of this.windows) window.drop(output.length)
    return output
  }

  private mean(n: number, low: Float32Array, shares: Float32Array): number {
    const { before, behind } = this.cycles
    let sum = ownWeight * low[n]!
    let weights = ownWeight
    for (const place of [before, behind]) {
      if (place === undefined) continue
      const weight = otherWeight * shares[Math.round(place)]!
      sum += weight * valueAt(low, place)
      weights += weight
    }
    return sum / weights
  }

  private filterLow(): void {
    const { filter } = this
    const input = this.input.samples
    const reach = filter.length - 1
    const from = this.low.length
    const low = this.low.extend(Math.max(0, input.length - reach - from))
    for (let i = 0; i < low.length; i++) {
      const n = from + i
      let sum = filter[0]! * input[n]!
      for (let k = 1; k <= reach; k++) sum += filter[k]! * (input[n - k]! + input[n + k]!)
      low[i] = sum
    }
  }
}

/** Where the phase is one cycle less, and one cycle more, than at a sample that moves on. */
class NeighbourCycles {
  /** Absent where a cycle takes longer than may be waited for. */
  before: number | undefined
  behind: number | undefined
  /** The last sample that is a cycle or more before `here`, and the first that is as far behind it. */
  private first: number
  private last: number
  /** Cycles from `first` to `here`, and from `here` to `last`. */
  private wayBefore = 0
  private wayBehind = 0

  constructor(private here: number) {
    this.first = here
    this.last = here
  }

  /** @param n the sample behind the last that was asked for @param reach samples that a cycle may take */
  moveTo(n: number, steps: Float32Array, reach: number): void {
    while (this.here < n) {
      const step = steps[++this.here]!
      this.wayBefore += step
      this.wayBehind -= step
    }
    while (this.wayBefore - steps[this.first + 1]! >= 1 || n - this.first > reach) {
      this.wayBefore -= steps[++this.first]!
    }
    while (this.wayBehind < 1 && this.last - n < reach) this.wayBehind += steps[++this.last]!
    this.before = this.wayBefore < 1 ? undefined : this.first + (this.wayBefore - 1) / steps[this.first + 1]!
    this.behind = this.wayBehind < 1 ? undefined : this.last - (this.wayBehind - 1) / steps[this.last]!
  }

  /** Samples before the first of `steps` are gone. */
  drop(samples: number): void {
    this.here -= samples
    this.first -= samples
    this.last -= samples
  }
}

/** Cubic, through the four samples about the place. */
function valueAt(samples: Float32Array, place: number): number {
  const index = Math.floor(place)
  const t = place - index
  const [a, b] = [samples[index - 1]!, samples[index]!]
  const [c, d] = [samples[index + 1]!, samples[index + 2]!]
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
}

/** The middle and one half of a symmetric low-pass of unit gain at 0 Hz. */
function lowPass(sampleRate: number): Float64Array {
  const reach = Math.round(filterSeconds * sampleRate)
  const half = Float64Array.from({ length: reach + 1 }, (_, k) => {
    const ideal =
      k === 0
        ? (2 * cutoffHz) / sampleRate
        : Math.sin((2 * Math.PI * cutoffHz * k) / sampleRate) / (Math.PI * k)
    return ideal * (0.5 + 0.5 * Math.cos((Math.PI * k) / (reach + 1)))
  })
  const sum = half.reduce((total, value, k) => total + (k === 0 ? value : 2 * value), 0)
  return half.map((value) => value / sum)
}
