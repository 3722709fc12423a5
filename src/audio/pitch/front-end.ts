import { SampleWindow } from '../buffers/sample-window.js'

/** Rate near which pitch candidates are sought: enough for lags to be told apart, few enough to be quick. */
const CANDIDATE_RATE = 5500

/** Below this the signal is rumble or DC, which would correlate with itself at every lag. */
const HIGH_PASS_HZ = 40

const BLOCK = 4096

/**
 * Splits a stream into `full` (high-passed, at the input rate) and `low` (low-passed and decimated by
 * `factor`; sample i lies at i * factor). Both are independent of how the stream is cut into chunks.
 */
export class PitchFrontEnd {
  readonly factor: number
  readonly full = new SampleWindow()
  readonly low = new SampleWindow()
  private readonly taps: Float64Array
  private readonly halfTaps: number
  private readonly pole: number
  private readonly scratch = new Float32Array(BLOCK)
  private readonly span: Float32Array
  private readonly decimated: Float32Array
  private previousInput = 0
  private previousOutput = 0

  constructor(sampleRate: number) {
    this.factor = Math.max(1, Math.round(sampleRate / CANDIDATE_RATE))
    this.halfTaps = 3 * this.factor
    this.taps = lowPassTaps(this.factor, this.halfTaps)
    this.pole = Math.exp((-2 * Math.PI * HIGH_PASS_HZ) / sampleRate)
    this.span = new Float32Array(BLOCK + 4 * this.halfTaps + this.factor)
    this.decimated = new Float32Array(Math.ceil(this.span.length / this.factor))
  }

  /** Largest block that `push` takes at once. */
  static readonly blockLength = BLOCK

  /** Takes at most `blockLength` samples. */
  push(block: Float32Array): void {
    const out = this.scratch.subarray(0, block.length)
    // DC is taken to have lasted forever: its onset would ring like a voice.
    if (this.full.end === 0) this.previousInput = block[0] ?? 0
    for (let i = 0; i < block.length; i++) {
      const x = block[i]!
      this.previousOutput = x - this.previousInput + this.pole * this.previousOutput
      this.previousInput = x
      out[i] = this.previousOutput
    }
    this.full.append(out)
    this.decimate(Math.floor((this.full.end - 1 - this.halfTaps) / this.factor) + 1)
  }

  /** The stream has ended: completes `low` with silence after the end. */
  flush(): void {
    this.decimate(Math.ceil(this.full.end / this.factor))
  }

  private decimate(end: number): void {
    const begin = this.low.end
    const count = end - begin
    if (count <= 0) return
    const { factor, halfTaps, taps } = this
    const span = this.span.subarray(0, (count - 1) * factor + taps.length)
    this.full.read(begin * factor - halfTaps, span)
    const out = this.decimated.subarray(0, count)
    for (let i = 0; i < count; i++) {
      const o = i * factor
      let sum = 0
      for (let k = 0; k < taps.length; k++) sum += span[o + k]! * taps[k]!
      out[i] = sum
    }
    this.low.append(out)
  }
}

/** Hann-windowed sinc with its edge at 0.8 of the decimated Nyquist frequency, unit gain at DC. */
function lowPassTaps(factor: number, half: number): Float64Array {
  const taps = new Float64Array(2 * half + 1)
  const cutoff = 0.8 / factor
  let sum = 0
  for (let i = -half; i <= half; i++) {
    const sinc = i === 0 ? 1 : Math.sin(Math.PI * cutoff * i) / (Math.PI * cutoff * i)
    const value = sinc * (0.5 + 0.5 * Math.cos((Math.PI * i) / (half + 1)))
    taps[i + half] = value
    sum += value
  }
  return taps.map((tap) => tap / sum)
}
