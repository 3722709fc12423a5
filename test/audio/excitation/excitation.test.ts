import fc from 'fast-check'
import FFT from 'fft.js'
import { describe, expect, it } from 'vitest'
import {
  type Excitation,
  ExcitationGenerator,
  excitationFromPhase,
} from '../../../src/audio/excitation/excitation.js'
import { largestError } from '../chunks.js'

const RATE = 22_050
const TRAINS = ['cosine', 'sine'] as const

/** Phase of a constant pitch. */
const steady = (samples: number, slope: number, start = 0) =>
  Float64Array.from({ length: samples }, (_, i) => start + slope * i)

function generate(f0Hz: Float32Array, hopLength: number, chunks: readonly number[] = []): Excitation {
  const generator = new ExcitationGenerator({ sampleRate: RATE, hopLength })
  const parts: Excitation[] = []
  let at = 0
  for (const length of [...chunks, f0Hz.length]) {
    parts.push(generator.push(f0Hz.subarray(at, at + length)))
    at = Math.min(f0Hz.length, at + length)
  }
  parts.push(generator.flush())
  const join = (name: 'cosine' | 'sine') => Float32Array.from(parts.flatMap((part) => [...part[name]]))
  return { cosine: join('cosine'), sine: join('sine') }
}

/** Power per bin of a signal that is periodic in its length, a power of two. */
function powerSpectrum(signal: Float32Array): Float64Array {
  const fft = new FFT(signal.length)
  const out = fft.createComplexArray()
  fft.realTransform(out, Array.from(signal))
  return Float64Array.from({ length: signal.length / 2 }, (_, k) => out[2 * k] ** 2 + out[2 * k + 1] ** 2)
}

describe('excitationFromPhase', () => {
  it('is the sum of harmonics, also where the closed form is 0 / 0', () => {
    for (const slope of [0.0034, 0.01, 0.0217]) {
      // The start 1e-12 and the slope -> phases at and next to whole cycles.
      for (const start of [0, 1e-12, -1e-9, 0.3, 5e6]) {
        const phase = steady(600, slope, start)
        const { cosine, sine } = excitationFromPhase(phase)
        const exact = 0.49 / slope
        for (let i = 0; i < phase.length - 1; i++) {
          const angle = 2 * Math.PI * (phase[i]! % 1)
          let c = 0
          let s = 0
          for (let k = 1; k <= Math.ceil(exact); k++) {
            const weight = Math.min(1, exact - k + 1)
            c += weight * Math.cos(k * angle)
            s += weight * Math.sin(k * angle)
          }
          const scale = 0.5 * Math.sqrt(2 / exact)
          // float32 output, up to 6 high; 5e6 cycles leave the slope, a difference of phases, 1e-9 of a cycle.
          expect(Math.abs(cosine[i]! - scale * c)).toBeLessThan(start === 5e6 ? 1e-4 : 2e-6)
          expect(Math.abs(sine[i]! - scale * s)).toBeLessThan(start === 5e6 ? 1e-4 : 2e-6)
        }
      }
    }
  })

  it('has a flat spectrum up to Nyquist and nothing between the harmonics', () => {
    // 41 cycles in 4,096 samples: harmonics on bins 41, 82, ..., the last whole one at 48 * 41 = 1968.
    const trains = excitationFromPhase(steady(4096, 41 / 4096))
    for (const name of TRAINS) {
      const power = powerSpectrum(trains[name])
      const harmonics = Array.from({ length: 48 }, (_, k) => power[41 * (k + 1)]!)
      expect(Math.max(...harmonics) / Math.min(...harmonics)).toBeLessThan(1.0001)
      const between = power.filter((_, bin) => bin % 41 !== 0)
      // float32 rounding of the trains, -130 dB; an alias would be as high as a harmonic.
      expect(Math.max(...between, power[0]!) / harmonics[0]!).toBeLessThan(1e-10)
      // Harmonic 49 is faded in by the fraction of 0.49 * 4096 / 41 = 48.95.
      expect(Math.sqrt(power[41 * 49]! / harmonics[0]!)).toBeCloseTo(0.951, 2)
    }
  })

  it('has the RMS 1/2, whatever the pitch', () => {
    for (const hz of [60, 100, 237, 500]) {
      const trains = excitationFromPhase(steady(RATE, hz / RATE))
      for (const name of TRAINS) {
        const rms = Math.sqrt(trains[name].reduce((sum, x) => sum + x * x, 0) / RATE)
        // The fading harmonic f has the power f^2 but is counted as f: at most 1/4 of one in 21.
        expect(rms).toBeGreaterThan(0.495)
        expect(rms).toBeLessThan(0.5005)
      }
    }
  })

  it('is zero where unvoiced, and does not fail on the shortest segments', () => {
    const phase = Float64Array.of(Number.NaN, 0.2, Number.NaN, 0.3, 0.31, Number.NaN)
    const { cosine, sine } = excitationFromPhase(phase)
    for (const i of [0, 2, 5]) expect([cosine[i], sine[i]]).toEqual([0, 0])
    for (const value of [...cosine, ...sine]) expect(Number.isFinite(value)).toBe(true)
    expect(excitationFromPhase(new Float64Array(0)).cosine).toHaveLength(0)
  })

  it('does not click where the number of harmonics changes', () => {
    // Just under and just over 48 harmonics: the newcomer must not have arrived at full height, 0.5 / sqrt(24).
    const under = excitationFromPhase(steady(100, 0.49 / (48 - 1e-6)))
    const over = excitationFromPhase(steady(100, 0.49 / (48 + 1e-6)))
    for (const name of TRAINS) {
      // The phases part by 4e-8 of a cycle within 100 samples, on a slope of at most 2 pi 48^2 / 2 * 0.1.
      under[name].forEach((value, i) => {
        expect(Math.abs(value - over[name][i]!)).toBeLessThan(1e-4)
      })
    }
  })
})

describe('ExcitationGenerator', () => {
  const frames = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 60, max: 500, noNaN: true })), {
    minLength: 1,
    maxLength: 30,
  })

  it('gives the same samples whatever the chunks, half a frame late', () => {
    const chunks = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 })
    fc.assert(
      fc.property(frames, chunks, (values, lengths) => {
        const f0Hz = Float32Array.from(values)
        const whole = generate(f0Hz, 64)
        expect(whole.cosine).toHaveLength(64 * f0Hz.length)
        expect(generate(f0Hz, 64, lengths)).toEqual(whole)
      }),
      { numRuns: 100, seed: 3 },
    )
    const generator = new ExcitationGenerator({ sampleRate: RATE, hopLength: 64 })
    expect(generator.push(new Float32Array(3).fill(100)).cosine).toHaveLength(3 * 64 - 32)
    expect(generator.flush().cosine).toHaveLength(32)
    expect(generator.flush().cosine).toHaveLength(0)
  })

  it('sounds exactly in the voiced frames', () => {
    const f0Hz = Float32Array.of(0, 150, 160, 0, 0, 170, 0)
    const { cosine, sine } = generate(f0Hz, 128)
    for (let i = 0; i < cosine.length; i++) {
      const voiced = f0Hz[Math.floor(i / 128)]! > 0
      expect(Math.hypot(cosine[i]!, sine[i]!) > 0).toBe(voiced)
    }
  })

  it('is the trains of the integral of F0, interpolated between frame centres', () => {
    const hop = 256
    const f0Hz = Float32Array.from({ length: 80 }, (_, t) => 150 + 40 * Math.sin(t / 6))
    const phase = new Float64Array(80 * hop)
    let cycles = 0
    for (let i = 0; i < phase.length; i++) {
      const position = Math.min(79, Math.max(0, (i + 0.5) / hop - 0.5))
      const frame = Math.min(78, Math.floor(position))
      cycles += (f0Hz[frame]! + (position - frame) * (f0Hz[frame + 1]! - f0Hz[frame]!)) / RATE
      phase[i] = cycles
    }
    const expected = excitationFromPhase(phase)
    const made = generate(f0Hz, hop)
    for (const name of TRAINS) {
      // The slope is the next sample's F0 there, this sample's here: a tenth of a hertz in the harmonics' count.
      const [got, wanted] = [made[name], expected[name]].map((train) => train.subarray(0, -1))
      expect(largestError(got!, wanted!)).toBeLessThan(2e-2)
    }
  })

  it('keeps its phase over two minutes to less than a millionth of a cycle', () => {
    const generator = new ExcitationGenerator({ sampleRate: RATE, hopLength: 22_050 })
    const hz = 441 / 4
    // 110.25 Hz: 441 cycles in 4 s, so that every fourth second sounds alike.
    const second = new Float32Array(4).fill(hz)
    const first = generator.push(second)
    let last = first
    for (let n = 0; n < 30; n++) last = generator.push(second)
    // The slope of the trains at a pulse is 2 pi K^2 / sqrt(2 K) per cycle, 1e4: 1e-7 cycles are 1e-3 high.
    const seconds = [last.sine.subarray(11_025), first.sine].map((sine) => sine.subarray(0, 22_050))
    expect(largestError(seconds[0]!, seconds[1]!)).toBeLessThan(1e-3)
  })

  it('refuses odd hops and values that are no pitch', () => {
    expect(() => new ExcitationGenerator({ sampleRate: RATE, hopLength: 3 })).toThrow('hopLength')
    const generator = new ExcitationGenerator({ sampleRate: RATE, hopLength: 64 })
    for (const bad of [Number.NaN, Infinity, -1, RATE / 2]) {
      expect(() => generator.push(Float32Array.of(100, bad))).toThrow('f0Hz[1]')
    }
  })
})
