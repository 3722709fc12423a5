import { RandomStream } from '../../src/numeric/random.js'

/** Formant centre, bandwidth (Hz) of an open vowel. */
const FORMANTS = [
  [650, 80],
  [1100, 90],
  [2450, 120],
  [3400, 200],
] as const

export interface Voice {
  readonly waveform: Float32Array
  /** True F0 at each sample. */
  readonly f0Hz: Float64Array
  /** True phase at each sample, cycles; pulses lie at whole cycles. */
  readonly cycles: Float64Array
}

/**
 * A voiced sound: negative pulses at whole cycles, of all harmonics below half the rate, through a glottal slope of -6 dB
 * per octave and formants. The closures are known exactly, polarity is 1.
 *
 * @param f0At Hz at a time in seconds
 */
export function sungVowel(samples: number, sampleRate: number, f0At: (seconds: number) => number): Voice {
  const waveform = new Float32Array(samples)
  const f0Hz = new Float64Array(samples)
  const cycles = new Float64Array(samples)
  let phase = 0
  for (let i = 0; i < samples; i++) {
    const f0 = f0At(i / sampleRate)
    f0Hz[i] = f0
    cycles[i] = phase
    waveform[i] = -cosineSum(phase, Math.ceil((0.5 * sampleRate) / f0) - 1)
    phase += f0 / sampleRate
  }
  resonate(waveform, Math.exp((-2 * Math.PI * 100) / sampleRate), 0)
  for (const [centre, width] of FORMANTS) {
    const radius = Math.exp((-Math.PI * width) / sampleRate)
    resonate(waveform, 2 * radius * Math.cos((2 * Math.PI * centre) / sampleRate), radius ** 2)
  }
  const peak = waveform.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  return { waveform: waveform.map((value) => (0.5 * value) / peak), f0Hz, cycles }
}

/** Sum of cos(2πk · cycles) over k = 1 … count, in closed form: a loop over k takes most of a test's time. */
function cosineSum(cycles: number, count: number): number {
  const angle = Math.PI * (cycles - Math.round(cycles))
  if (Math.abs(angle) < 1e-9) return count
  return (Math.sin((2 * count + 1) * angle) / Math.sin(angle) - 1) / 2
}

/** y[n] = (1 - a + b) x[n] + a y[n - 1] - b y[n - 2]: one or two poles, gain 1 at DC. */
function resonate(signal: Float32Array, a: number, b: number): void {
  let y1 = 0
  let y2 = 0
  for (let i = 0; i < signal.length; i++) {
    const y = (1 - a + b) * signal[i]! + a * y1 - b * y2
    y2 = y1
    y1 = y
    signal[i] = y
  }
}

/** White noise, uniform in [-amplitude, amplitude], the same for the same seed. */
export function whiteNoise(samples: number, amplitude: number, seed = 1): Float32Array {
  let state = seed
  return Float32Array.from({ length: samples }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return amplitude * (state / 2 ** 31 - 1)
  })
}

/** Noise whose level swells and fades by up to e^swell. */
export function swellingNoise(samples: number, seed: number, swell = 0): Float32Array {
  const random = new RandomStream(seed, 1)
  return Float32Array.from({ length: samples }, (_, n) => {
    const level = 0.1 * Math.exp(swell * Math.sin(n / 2000))
    return level * (2 * random.uniform() - 1)
  })
}

export function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
