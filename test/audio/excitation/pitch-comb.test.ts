import { describe, expect, it } from 'vitest'
import { ExcitationGenerator } from '../../../src/audio/excitation/excitation.js'
import { combLatency, PitchComb } from '../../../src/audio/excitation/pitch-comb.js'
import { melPresets } from '../../../src/audio/mel/mel.js'
import { chunksOf, joined, largestError, noise } from '../chunks.js'
import { expectSame } from '../expect-same.js'

const mel = melPresets['nvidia-22k']
const { sampleRate, hopLength } = mel
const frames = 60
const samples = frames * hopLength

function combed(waveform: Float32Array, f0Hz: Float32Array): Float32Array {
  const comb = new PitchComb(mel)
  comb.follow(f0Hz)
  return joined([comb.push(waveform), comb.flush()])
}

const course = (f0At: (frame: number) => number) => Float32Array.from({ length: frames }, (_, i) => f0At(i))

function tone(hz: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, n) => Math.sin((2 * Math.PI * hz * n) / sampleRate))
}

/** Away from the ends, where a place has one neighbour alone. */
const inside = (waveform: Float32Array) => waveform.subarray(4 * hopLength, samples - 4 * hopLength)

function rms(waveform: Float32Array): number {
  return Math.sqrt(waveform.reduce((sum, value) => sum + value * value, 0) / waveform.length)
}

const decibels = (share: number) => 20 * Math.log10(share)

describe('A comb at 200 Hz', () => {
  const f0Hz = course(() => 200)

  it.each([
    [400, 0],
    [1000, 0],
    [1800, 0],
    // cos² of a third, and of a quarter, of the way from one harmonic to the next.
    [1000 + 200 / 3, decibels(0.25)],
    [1050, decibels(0.5)],
    [3050, 0],
  ])('changes a tone of %f Hz by %f dB', (hz, expected) => {
    expect(decibels(rms(inside(combed(tone(hz), f0Hz))) / rms(inside(tone(hz))))).toBeCloseTo(expected, 1)
  })

  it('takes away a tone that is half way between harmonics', () => {
    expect(rms(inside(combed(tone(900), f0Hz)))).toBeLessThan(0.01)
  })

  it('makes noise below 2 kHz softer by what three independent cycles have in common', () => {
    const hiss = noise(samples)
    // What it takes away is all below 2 kHz; of noise of power 1 there, a share of 1 - 1/4 - 1/16 - 1/16 goes: √(1/4 + 1/16 + 1/16) apart.
    const taken = inside(combed(hiss, f0Hz)).map((value, n) => value - inside(hiss)[n]!)
    const share = (rms(taken) / rms(inside(hiss))) ** 2
    expect(share / (2000 / (sampleRate / 2))).toBeGreaterThan(0.85 * 0.375)
    expect(share / (2000 / (sampleRate / 2))).toBeLessThan(1.15 * 0.375)
  })
})

describe('A comb', () => {
  it.each([
    ['rises', course((i) => 90 * 2 ** (i / 40))],
    ['falls', course((i) => 320 * 2 ** (-i / 30))],
    ['moves to and fro', course((i) => 150 + 20 * Math.sin(i))],
  ])('keeps the pulses of a pitch that %s', (_, f0Hz) => {
    const generator = new ExcitationGenerator(mel)
    const pulses = joined([generator.push(f0Hz).cosine, generator.flush().cosine])
    const low = inside(smoothed(pulses))
    const after = inside(smoothed(combed(pulses, f0Hz)))
    expect(Math.abs(decibels(rms(after) / rms(low)))).toBeLessThan(0.2)
    // The level of the pulses goes with the pitch, so that neighbours differ by a little.
    expect(largestError(after, low)).toBeLessThan(0.05 * Math.max(...low))
  })

  it('gives the same samples for any chunking, at most `latency` behind', () => {
    const waveform = noise(samples)
    const f0Hz = course((i) => (i % 17 < 12 ? 70 + 5 * i : 0))
    const whole = combed(waveform, f0Hz)
    const comb = new PitchComb(mel)
    for (let run = 0; run < 4; run++) {
      comb.follow(f0Hz)
      let [given, got] = [0, 0]
      const parts = chunksOf(waveform, 700, run).map((chunk) => {
        const part = comb.push(chunk)
        given += chunk.length
        got += part.length
        // The last half frame's pitch is known with the flush.
        if (given < samples - hopLength) expect(got).toBe(Math.max(0, given - comb.latency))
        return part
      })
      expectSame(joined([...parts, comb.flush()]), whole)
    }
  })

  it('takes the pitch frame by frame', () => {
    const waveform = noise(samples)
    const f0Hz = course((i) => (i % 17 < 12 ? 70 + 5 * i : 0))
    const comb = new PitchComb(mel)
    const parts: Float32Array[] = []
    for (let i = 0; i < frames; i++) {
      comb.follow(f0Hz.subarray(i, i + 1))
      parts.push(comb.push(waveform.subarray(i * hopLength, (i + 1) * hopLength)))
    }
    expectSame(joined([...parts, comb.flush()]), combed(waveform, f0Hz))
  })

  it('leaves unvoiced samples as they are, and fades in over a frame', () => {
    const waveform = noise(samples)
    expectSame(
      combed(
        waveform,
        course(() => 0),
      ),
      waveform,
    )
    // Pulses of so low a pitch come too seldom to wait for.
    expectSame(
      combed(
        waveform,
        course(() => 45),
      ),
      waveform,
    )
    expectSame(combed(waveform, new Float32Array(0)), waveform)
    const some = combed(
      waveform,
      course((i) => (i >= 20 && i < 40 ? 150 : 0)),
    )
    const [start, end] = [19.5 * hopLength, 40.5 * hopLength]
    expectSame(some.subarray(0, start), waveform.subarray(0, start))
    expectSame(some.subarray(end), waveform.subarray(end))
    expect(largestError(some.subarray(start, end), waveform.subarray(start, end))).toBeGreaterThan(0.1)
    const early = largestError(some.subarray(start, start + 20), waveform.subarray(start, start + 20))
    expect(early).toBeLessThan(0.05)
  })

  it.each([0, 1, 100, 5000])('keeps the length of %i samples', (length) => {
    expect(
      combed(
        noise(length),
        course(() => 200),
      ),
    ).toHaveLength(length)
  })

  it('keeps what is not finite out', () => {
    const comb = new PitchComb(mel)
    expect(() => comb.push(Float32Array.of(0, Number.NaN))).toThrow('got NaN at sample 1')
  })

  it.each(Object.values(melPresets))('is whole hops behind at $sampleRate Hz', (preset) => {
    const latency = combLatency(preset)
    expect(latency % preset.hopLength).toBe(0)
    expect(latency).toBeGreaterThan(preset.sampleRate / 50)
    expect(latency).toBeLessThan(preset.sampleRate / 40 + preset.hopLength)
  })
})

/** What is well below 2 kHz, by three running means. */
function smoothed(waveform: Float32Array): Float32Array {
  let signal = waveform
  for (let round = 0; round < 3; round++) {
    const source = signal
    signal = source.map((_, n) => {
      let sum = 0
      for (let k = -8; k <= 8; k++) sum += source[n + k] ?? 0
      return sum / 17
    })
  }
  return signal
}
