import { PitchFrontEnd } from './front-end.js'
import { assertCount, assertFinite, assertRange, assertWaveform } from './input.js'
import { LagCorrelator, minEnergyProduct, parabolicOffset } from './lag-correlation.js'
import { maxCandidates, PitchPath } from './path.js'

/** F0 at a constant frame rate. Frame t covers samples [t, t + 1) * hopLength and is centred in them. */
export interface PitchTrack {
  /** Samples per frame. */
  readonly hopLength: number
  /** Hz per frame, 0 where unvoiced. */
  readonly f0Hz: Float32Array
  /** Normalised correlation at the pitch lag, per frame; 0 where unvoiced. */
  readonly voicing?: Float32Array
}

export interface PitchOptions {
  /** Samples per frame; default 5.8 ms rounded (128 at 22,050 Hz). */
  readonly hopLength?: number
  /** Lowest F0 sought, Hz; default 60. */
  readonly fMinHz?: number
  /** Highest F0 sought, Hz; default 500. */
  readonly fMaxHz?: number
  /** How far the best-path search looks ahead before it decides a frame, ms; default 120. */
  readonly decisionLagMs?: number
}

const WINDOW_SECONDS = 0.024

/** Correlation below which a lag is no candidate. */
const CANDIDATE_THRESHOLD = 0.3

/**
 * What the longest lag loses against the shortest: of equal peaks at T and 2T, T must win, and in creaky voice
 * too, whose every second pulse is a little stronger.
 */
const LONG_LAG_PENALTY = 0.2

/** RMS of -80 dB full scale: signals below it fade to unvoiced, whatever their correlation. */
const SILENCE_RMS = 1e-4

/**
 * F0 of speech: candidates from normalised cross-correlation of the low band (Talkin, RAPT, 1995), the best
 * path through them, the chosen lag refined at the full rate.
 *
 * @param waveform samples in [-1, 1]
 * @returns ceil(samples / hopLength) frames
 * @throws GlowcastError INVALID_AUDIO (empty), NON_FINITE, INVALID_ARGUMENT (options, rate)
 */
export function trackPitch(
  waveform: Float32Array,
  sampleRate: number,
  options: PitchOptions = {},
): PitchTrack {
  assertWaveform(waveform)
  const tracker = new PitchTracker(sampleRate, options)
  const head = tracker.push(waveform)
  const tail = tracker.flush()
  return {
    hopLength: tracker.hopLength,
    f0Hz: concatenate(head.f0Hz, tail.f0Hz),
    voicing: concatenate(head.voicing, tail.voicing),
  }
}

type PitchPart = Required<PitchTrack>

/** Streaming pitch tracker: the frames of all `push` calls and of `flush`, joined, are those of `trackPitch`. */
export class PitchTracker {
  readonly hopLength: number
  private readonly frontEnd: PitchFrontEnd
  private readonly path: PitchPath
  private readonly search: LagCorrelator
  private readonly refiner: LagCorrelator
  private readonly minLag: number
  private readonly maxLag: number
  private readonly correlation: Float64Array
  private readonly searchSpan: Float32Array
  private readonly refineSpan: Float32Array
  private readonly periods = new Float64Array(maxCandidates)
  private readonly scores = new Float64Array(maxCandidates)
  private frameF0: number[] = []
  private frameVoicing: number[] = []
  private analysed = 0
  private decided = 0
  private ended = false

  /** @throws GlowcastError INVALID_ARGUMENT */
  constructor(
    readonly sampleRate: number,
    options: PitchOptions = {},
  ) {
    assertRange(sampleRate, 4000, 384_000, 'sampleRate')
    this.hopLength = options.hopLength ?? Math.round((128 / 22_050) * sampleRate)
    const { fMinHz = 60, fMaxHz = 500, decisionLagMs = 120 } = options
    assertCount(this.hopLength, sampleRate, 'hopLength')
    assertRange(fMinHz, 30, 1000, 'fMinHz')
    assertRange(fMaxHz, fMinHz, Math.min(1000, sampleRate / 8), 'fMaxHz')
    assertRange(decisionLagMs, 0, 1000, 'decisionLagMs')

    this.frontEnd = new PitchFrontEnd(sampleRate)
    const { factor } = this.frontEnd
    const lowRate = sampleRate / factor
    this.path = new PitchPath(Math.round((decisionLagMs * sampleRate) / 1000 / this.hopLength))
    this.minLag = Math.floor(lowRate / fMaxHz)
    this.maxLag = Math.ceil(lowRate / fMinHz)
    const window = Math.round(WINDOW_SECONDS * lowRate)
    this.search = new LagCorrelator(window, this.maxLag + 1, (window * SILENCE_RMS ** 2) ** 2)
    this.refiner = new LagCorrelator(window * factor, (this.maxLag + 2) * factor, minEnergyProduct)
    this.correlation = new Float64Array(Math.max(this.maxLag - this.minLag + 3, 2 * factor + 3))
    this.searchSpan = new Float32Array(this.search.spanLength)
    this.refineSpan = new Float32Array(this.refiner.spanLength)
  }

  /** Takes any number of samples. @returns the frames decided by now @throws GlowcastError NON_FINITE */
  push(chunk: Float32Array): PitchPart {
    assertFinite(chunk, 'chunk')
    for (let o = 0; o < chunk.length; o += PitchFrontEnd.blockLength) {
      this.frontEnd.push(chunk.subarray(o, o + PitchFrontEnd.blockLength))
      this.analyse()
    }
    return this.take()
  }

  /** Ends the stream. @returns the remaining frames */
  flush(): PitchPart {
    this.ended = true
    this.frontEnd.flush()
    this.analyse()
    while (this.path.pending) this.decideFrame()
    return this.take()
  }

  private take(): PitchPart {
    const part = {
      hopLength: this.hopLength,
      f0Hz: Float32Array.from(this.frameF0),
      voicing: Float32Array.from(this.frameVoicing),
    }
    this.frameF0 = []
    this.frameVoicing = []
    return part
  }

  private centre(frame: number): number {
    return frame * this.hopLength + (this.hopLength >> 1)
  }

  private analyse(): void {
    const { full, low, factor } = this.frontEnd
    const half = this.search.spanLength >> 1
    for (;;) {
      const middle = Math.round(this.centre(this.analysed) / factor)
      const from = middle - half
      if (this.ended ? this.analysed * this.hopLength >= full.end : from + this.search.spanLength > low.end)
        break
      low.read(from, this.searchSpan)
      const count = this.findCandidates()
      this.analysed++
      if (this.path.add(count, this.periods, this.scores)) this.decideFrame()
    }
    low.forgetBefore(Math.round(this.centre(this.analysed) / factor) - half)
    full.forgetBefore(this.centre(this.decided) - this.refiner.spanLength)
  }

  private findCandidates(): number {
    const { correlation: r, minLag, maxLag, periods, scores } = this
    this.search.correlate(this.searchSpan, minLag - 1, maxLag + 1, r)
    let count = 0
    for (let lag = minLag; lag <= maxLag; lag++) {
      const i = lag - minLag + 1
      const value = r[i]!
      if (value < CANDIDATE_THRESHOLD || value < r[i - 1]! || value <= r[i + 1]!) continue
      const score = value - (LONG_LAG_PENALTY * lag) / maxLag
      let slot = count
      while (slot > 0 && scores[slot - 1]! < score) slot--
      if (slot === maxCandidates) continue
      count = Math.min(count + 1, maxCandidates)
      scores.copyWithin(slot + 1, slot, count - 1)
      periods.copyWithin(slot + 1, slot, count - 1)
      scores[slot] = score
      periods[slot] = lag + parabolicOffset(r[i - 1]!, value, r[i + 1]!)
    }
    return count
  }

  private decideFrame(): void {
    const period = this.path.decide()
    const frame = this.decided++
    if (period === 0) {
      this.frameF0.push(0)
      this.frameVoicing.push(0)
      return
    }
    const { factor, full } = this.frontEnd
    const { correlation: r, refiner } = this
    full.read(this.centre(frame) - (refiner.spanLength >> 1), this.refineSpan)
    const first = Math.round(period * factor) - factor
    refiner.correlate(this.refineSpan, first - 1, first + 2 * factor + 1, r)
    let best = 1
    for (let i = 2; i <= 2 * factor + 1; i++) if (r[i]! > r[best]!) best = i
    const lag = first - 1 + best + parabolicOffset(r[best - 1]!, r[best]!, r[best + 1]!)
    this.frameF0.push(this.sampleRate / lag)
    this.frameVoicing.push(r[best]!)
  }
}

function concatenate(a: Float32Array, b: Float32Array): Float32Array {
  const joined = new Float32Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
