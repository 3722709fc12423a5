import { describe, expect, it } from 'vitest'
import { bandLogEnergyError, logMelL1, multiResolutionStft } from '../../src/evaluation/spectral.js'
import { gain, harmonics, noise, sampleRate, sine, sum } from './signals.js'

const x = noise(sampleRate, 1)

describe('logMelL1', () => {
  const frames = (values: number[], channels = 2) => ({
    data: Float32Array.from(values),
    frames: values.length / channels,
    channels,
  })

  it('is the mean absolute difference', () => {
    expect(logMelL1(frames([1, 2, 3, 4]), frames([1, 1, 5, 4]))).toBe(0.75)
  })

  it('refuses frames of another shape', () => {
    expect(() => logMelL1(frames([1, 2, 3, 4]), frames([1, 2]))).toThrow('got [1, 2], expected [2, 2]')
    expect(() => logMelL1(frames([1, 2, 3, 4]), frames([1, 2, 3, 4], 4))).toThrow(
      'got [1, 4], expected [2, 2]',
    )
  })
})

describe('bandLogEnergyError', () => {
  it('is 0 for equal waveforms, digital silence included', () => {
    for (const waveform of [x, new Float32Array(5000)]) {
      const { perBand, below8kHz, above8kHz } = bandLogEnergyError(waveform, waveform, sampleRate)
      expect([...perBand, below8kHz, above8kHz]).toEqual(new Array(13).fill(0))
    }
  })

  it('is the gain in nats of power in every band', () => {
    const { perBand, below8kHz, above8kHz } = bandLogEnergyError(x, gain(x, 2), sampleRate)
    // The energies are float32 in nats around -7, good to 5e-7; the samples double exactly.
    for (const error of [...perBand, below8kHz, above8kHz!]) expect(error).toBeCloseTo(2 * Math.LN2, 5)
  })

  it('finds an error in the band where it is', () => {
    const { perBand, below8kHz, above8kHz } = bandLogEnergyError(
      x,
      sum(x, sine(x.length, 9500, 0.2)),
      sampleRate,
    )
    // The band's own mean square is 0.01 / 11; the sine adds 0.02: ln(1 + 22) = 3.1 nats, the noise varies it a little.
    expect(perBand[9]).toBeGreaterThan(2.9)
    expect(perBand[9]).toBeLessThan(3.4)
    // Hann sidelobes at 500 Hz, 46 bins off, lie far below the noise; only the frames at the edges, where the
    // signal is mirrored, leak more.
    for (const band of [0, 1, 2, 3, 4, 5, 6, 7]) expect(perBand[band]).toBeLessThan(0.01)
    expect(below8kHz).toBeLessThan(0.01)
    expect(above8kHz).toBeCloseTo((perBand[8]! + perBand[9]! + perBand[10]!) / 3, 10)
  })

  it('measures band energies as mean squares: the floor is -100 dB', () => {
    // Against silence, ln((A²/2 + 1e-10) / 1e-10) for a sine of amplitude A.
    const tone = sine(sampleRate, 3500, 0.1)
    const { perBand } = bandLogEnergyError(tone, new Float32Array(sampleRate), sampleRate)
    // Frames at the edges, where the tone is mirrored, differ by at most some tenths of a nat, 3 of 44.
    expect(perBand[3]).toBeCloseTo(Math.log(0.005 / 1e-10), 1)
  })

  it('puts two takes of the same noise 0.165 nats apart, as its documentation says', () => {
    const { below8kHz } = bandLogEnergyError(noise(5 * sampleRate, 2), noise(5 * sampleRate, 3), sampleRate)
    // 8 bands of some 100 independent frames: a mean good to about 3 %.
    expect(below8kHz / 0.165).toBeGreaterThan(0.92)
    expect(below8kHz / 0.165).toBeLessThan(1.08)
  })

  it('has no band above 8 kHz at 16 kHz', () => {
    const { perBand, above8kHz } = bandLogEnergyError(x, x, 16_000)
    expect(perBand).toHaveLength(8)
    expect(above8kHz).toBeNull()
  })

  it('refuses waveforms that cannot be compared', () => {
    expect(() => bandLogEnergyError(x, x.subarray(1), sampleRate)).toThrow(
      'got 22049 samples, expected 22050',
    )
    expect(() => bandLogEnergyError(new Float32Array(0), new Float32Array(0), sampleRate)).toThrow(
      'no samples',
    )
    expect(() =>
      bandLogEnergyError(
        x,
        x.map(() => Number.NaN),
        sampleRate,
      ),
    ).toThrow('finite')
  })
})

describe('multiResolutionStft', () => {
  it('is 0 for equal waveforms', () => {
    expect(multiResolutionStft(x, x)).toEqual({ spectralConvergence: 0, logMagnitudeL1: 0 })
  })

  it('gives the known values for a gain', () => {
    const { spectralConvergence, logMagnitudeL1 } = multiResolutionStft(x, gain(x, 0.5))
    // |1 - 0.5| and ln 2; of the bins of noise around 1 in magnitude a few in a million lie below the floor.
    expect(spectralConvergence).toBeCloseTo(0.5, 5)
    expect(logMagnitudeL1).toBeCloseTo(Math.LN2, 4)
  })

  it('is 1 against silence, whatever the level', () => {
    // The floor of the power, 1e-7, is what keeps it from exactly 1.
    expect(multiResolutionStft(x, new Float32Array(x.length)).spectralConvergence).toBeCloseTo(1, 3)
  })

  it('is defined for silence', () => {
    const silence = new Float32Array(5000)
    expect(multiResolutionStft(silence, silence)).toEqual({ spectralConvergence: 0, logMagnitudeL1: 0 })
  })

  it('is worse for the wrong pitch than for the right one with noise', () => {
    const voice = harmonics(sampleRate, 200)
    const noisy = multiResolutionStft(voice, sum(voice, noise(sampleRate, 4, 0.005)))
    const detuned = multiResolutionStft(voice, harmonics(sampleRate, 212))
    expect(noisy.spectralConvergence).toBeLessThan(0.5 * detuned.spectralConvergence)
  })
})
