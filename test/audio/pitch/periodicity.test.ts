import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import { pitchLagCorrelation } from '../../../src/audio/pitch/periodicity.js'
import type { PitchTrack } from '../../../src/audio/pitch/pitch.js'
import { createEngine } from '../../../src/engine/index.js'
import { sungVowel, whiteNoise } from '../voice-signals.js'

const RATE = 22_050

/** A track of constant F0 over a whole second. */
const constant = (hz: number): PitchTrack => ({ hopLength: 128, f0Hz: new Float32Array(173).fill(hz) })

describe('pitchLagCorrelation', () => {
  it.each([80, 150, 400])('is 1 for a sound of period 1 / %d s', (hz) => {
    const { waveform } = sungVowel(RATE, RATE, () => hz)
    // Half a sample between the period and the nearest lag costs a little; the formants are below 4 kHz.
    expect(pitchLagCorrelation(waveform, RATE, constant(hz))).toBeGreaterThan(0.97)
  })

  it('falls with noise as the share of periodic energy does', () => {
    const { waveform } = sungVowel(RATE, RATE, () => RATE / 150)
    const power = waveform.reduce((sum, x) => sum + x * x, 0) / RATE
    // Uniform noise in [-a, a] has the power a^2 / 3: as much of it as of voice.
    const noise = whiteNoise(RATE, Math.sqrt(3 * power))
    const mixed = waveform.map((x, i) => x + noise[i]!)
    const value = pitchLagCorrelation(mixed, RATE, constant(RATE / 150))
    // 1/2 expected; the best of seven lags of a window of 512 noisy samples gains about a standard error, 0.04.
    expect(value).toBeGreaterThan(0.45)
    expect(value).toBeLessThan(0.6)
  })

  it('does not depend on the level, and is 0 for silence', () => {
    const noise = whiteNoise(RATE, 0.5)
    const loud = pitchLagCorrelation(noise, RATE, constant(200))
    expect(
      pitchLagCorrelation(
        noise.map((x) => x / 256),
        RATE,
        constant(200),
      ),
    ).toBeCloseTo(loud, 9)
    expect(pitchLagCorrelation(new Float32Array(RATE), RATE, constant(200))).toBe(0)
  })

  it('is 0 for silence beside an engine, which lets the processor take denormal numbers for 0', async () => {
    const engine = await createEngine('onnx', { threads: 1 })
    const doubled = await engine.compile(({ x }) => ({ y: tf.mul(x!, 2) }), { x: [1] })
    expect(pitchLagCorrelation(new Float32Array(RATE), RATE, constant(200))).toBe(0)
    await doubled.dispose()
  })

  it('is NaN where no frame counts, and refuses what is no waveform', () => {
    expect(pitchLagCorrelation(whiteNoise(RATE, 0.1), RATE, constant(0))).toBeNaN()
    expect(pitchLagCorrelation(Float32Array.of(0.1), RATE, constant(100))).toBeNaN()
    expect(() => pitchLagCorrelation(new Float32Array(0), RATE, constant(100))).toThrow('waveform')
    expect(() => pitchLagCorrelation(Float32Array.of(Infinity), RATE, constant(100))).toThrow('waveform')
  })
})
