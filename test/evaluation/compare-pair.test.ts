import { describe, expect, it } from 'vitest'
import { comparePair } from '../../src/evaluation/compare-pair.js'
import { gain, harmonics, noise, sampleRate, sum } from './signals.js'

const voice = sum(harmonics(sampleRate, 180), noise(sampleRate, 1, 0.002))

describe('comparePair', () => {
  it('finds no fault with a copy', () => {
    const { bandErrors, ...figures } = comparePair({
      reference: voice,
      synthesis: voice,
      secondSynthesis: voice,
      sampleRate,
    })
    expect(bandErrors).toEqual(new Array(11).fill(0))
    expect(figures).toMatchObject({
      seconds: 1,
      logMelL1: 0,
      bandErrorBelow8kHz: 0,
      bandErrorAbove8kHz: 0,
      spectralConvergence: 0,
      logMagnitudeL1: 0,
      spectralEnergyDistance: 0,
      f0ErrorCents: 0,
      voicingF1: 1,
      voicingPrecision: 1,
      voicingRecall: 1,
    })
    expect(figures.pitchLagCorrelation).toBe(figures.referencePitchLagCorrelation)
    expect(figures.pitchLagCorrelation).toBeGreaterThan(0.95)
  })

  it('reads a gain as a constant of the log-mel, and no fault of the pitch', () => {
    const figures = comparePair({ reference: voice, synthesis: gain(voice, 0.5), sampleRate })
    // Every band is above the clamp of the mel; log-mels of magnitudes shift by ln 2, in float32.
    expect(figures.logMelL1).toBeCloseTo(Math.LN2, 4)
    expect(figures.f0ErrorCents).toBeLessThan(0.5)
    expect(figures.spectralEnergyDistance).toBeNull()
  })

  it('reads a semitone as 100 cents', () => {
    const higher = sum(harmonics(sampleRate, 180 * 2 ** (1 / 12)), noise(sampleRate, 1, 0.002))
    const figures = comparePair({ reference: voice, synthesis: higher, sampleRate })
    // A tracker finds a steady pitch to a cent or two; frames at the edges may err by more.
    expect(figures.f0ErrorCents).toBeGreaterThan(95)
    expect(figures.f0ErrorCents).toBeLessThan(105)
    expect(figures.pitchLagCorrelation).toBeLessThan(figures.referencePitchLagCorrelation!)
  })

  it('leaves pitch undefined in silence', () => {
    const silence = new Float32Array(sampleRate)
    expect(comparePair({ reference: silence, synthesis: silence, sampleRate })).toMatchObject({
      logMelL1: 0,
      f0ErrorCents: null,
      voicingF1: null,
      pitchLagCorrelation: null,
      referencePitchLagCorrelation: null,
    })
  })

  it('cuts ends that differ by less than a window', () => {
    const figures = comparePair({ reference: voice, synthesis: voice.subarray(0, -200), sampleRate })
    expect(figures.logMelL1).toBe(0)
    expect(figures.seconds).toBe((voice.length - 200) / sampleRate)
  })

  it.each<[string, Float32Array, number, string]>([
    ['another rate', voice, 16_000, 'sampleRate: got 16000 Hz, expected 22050 Hz'],
    ['another length', voice.subarray(0, 10_000), sampleRate, 'synthesis: got 10000 samples'],
    ['NaN', voice.map((value, i) => (i === 99 ? Number.NaN : value)), sampleRate, 'finite'],
  ])('refuses %s', (_, synthesis, rate, message) => {
    expect(() => comparePair({ reference: voice, synthesis, sampleRate: rate })).toThrow(message)
  })

  it('refuses what is shorter than a frame', () => {
    const short = new Float32Array(100)
    expect(() => comparePair({ reference: short, synthesis: short, sampleRate })).toThrow('got 100 samples')
  })
})
