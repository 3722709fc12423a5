import { assertFinite } from '../buffers/finite.js'
import { SampleWindow } from '../buffers/sample-window.js'
import { lowestHz, PitchCourse } from './pitch-course.js'

/** Above, harmonics of one cycle and the next differ as they do in a voice. */
const cutoffHz = 2000
/** Of the filter that takes what is below, to either side. */
const filterSeconds = 1 / 350
/** Samples to either side of a place that its value is interpolated from. */
const interpolated = 2
/** Samples that are filtered at once: each of the input's is then read once for all. */
const filtered = 4

/** Weights of a place itself, and of the places one cycle before and behind it. */
const ownWeight = 0.5
const otherWeight = 0.25

interface Rates {
  readonly sampleRate: number
  readonly hopLength: number
}

/** Samples that a `PitchComb` is behind: whole hops, since what works by hops would wait for them. */
export function combLatency({ sampleRate, hopLength }: Rates): number {
  const needed = Math.ceil(sampleRate / lowestHz) + heldBack(sampleRate)
  return hopLength * Math.ceil(needed / hopLength)
}

/** Of the latency, what is not for a cycle to come. */
function heldBack(sampleRate: number): number {
  return interpolated + filterReach(sampleRate) + filtered - 1
}

/** Samples that the filter hears to either side. */
function filterReach(sampleRate: number): number {
  return Math.round(filterSeconds * sampleRate)
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
    this.reach = this.latency - heldBack(rates.sampleRate)
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
    assertFinite(samples, this.pushed)
    this.pushed += samples.length
    this.input.append(samples)
    return this.run()
  }

  /** Ends the signal after `last` samples more: all that was held back. The object is then as new. */
  flush(last: Float32Array = new Float32Array(0)): Float32Array {
    assertFinite(last, this.pushed)
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
      if (share > 0) output[i]! += share * (this.mean(n, low, steps, shares) - low[n]!)
    }
    this.cycles.drop(output.length)
    for (const window of this.windows) window.drop(output.length)
    return output
  }

  private mean(n: number, low: Float32Array, steps: Float32Array, shares: Float32Array): number {
    const before = this.cycles.before(steps)
    const behind = this.cycles.behind(steps)
    let sum = ownWeight * low[n]!
    let weights = ownWeight
    if (!Number.isNaN(before)) {
      const weight = otherWeight * shares[Math.round(before)]!
      sum += weight * valueAt(low, before)
      weights += weight
    }
    if (!Number.isNaN(behind)) {
      const weight = otherWeight * shares[Math.round(behind)]!
      sum += weight * valueAt(low, behind)
      weights += weight
    }
    return sum / weights
  }

  private filterLow(): void {
    const { filter } = this
    const reach = (filter.length - 1) / 2
    const input = this.input.samples
    const shares = this.shares.samples
    const from = this.low.length
    const known = Math.min(input.length - reach, shares.length - interpolated)
    const low = this.low.extend(Math.max(0, filtered * Math.floor((known - from) / filtered)))
    for (let i = 0; i < low.length; i += filtered) {
      const n = from + i
      // Where nothing is voiced nobody asks for it.
      if (anyPositive(shares, n - interpolated, n + filtered + interpolated)) {
        filterFour(filter, input, n - reach, low, i)
      } else low.fill(0, i, i + filtered)
    }
  }
}

function anyPositive(values: Float32Array, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if (values[i]! > 0) return true
  return false
}

function filterFour(
  filter: Float64Array,
  input: Float32Array,
  start: number,
  output: Float32Array,
  at: number,
): void {
  let a = input[start]!
  let b = input[start + 1]!
  let c = input[start + 2]!
  let sumA = 0
  let sumB = 0
  let sumC = 0
  let sumD = 0
  for (let tap = 0; tap < filter.length; tap++) {
    const weight = filter[tap]!
    const d = input[start + 3 + tap]!
    sumA += weight * a
    sumB += weight * b
    sumC += weight * c
    sumD += weight * d
    a = b
    b = c
    c = d
  }
  output[at] = sumA
  output[at + 1] = sumB
  output[at + 2] = sumC
  output[at + 3] = sumD
}

/** Where the phase is one cycle less, and one cycle more, than at a sample that moves on. */
class NeighbourCycles {
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
  }

  /** NaN where a cycle takes longer than may be waited for. */
  before(steps: Float32Array): number {
    return this.wayBefore < 1 ? Number.NaN : this.first + (this.wayBefore - 1) / steps[this.first + 1]!
  }

  /** Likewise. */
  behind(steps: Float32Array): number {
    return this.wayBehind < 1 ? Number.NaN : this.last - (this.wayBehind - 1) / steps[this.last]!
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
  const a = samples[index - 1]!
  const b = samples[index]!
  const c = samples[index + 1]!
  const d = samples[index + 2]!
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
}

/** Symmetric, of unit gain at 0 Hz: a sinc in a Hann window. */
function lowPass(sampleRate: number): Float64Array {
  const reach = filterReach(sampleRate)
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, tap) => {
    const k = tap - reach
    const angle = (2 * Math.PI * cutoffHz) / sampleRate
    const ideal = k === 0 ? angle : Math.sin(angle * k) / k
    return ideal * (0.5 + 0.5 * Math.cos((Math.PI * k) / (reach + 1)))
  })
  const sum = taps.reduce((total, value) => total + value, 0)
  return taps.map((value) => value / sum)
}
