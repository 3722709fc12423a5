import { describe, expect, it } from 'vitest'
import { PauseSpectrum } from '../../src/evaluation/pause-spectrum.js'
import { RandomStream } from '../../src/numeric/random.js'

const sampleRate = 22_050

/** Loud noise with pauses of quiet noise; in the pauses also a tone, when a level is given. */
function speechLike(seed: number, toneHz = 0, toneLevel = 0): Float32Array {
  const random = new RandomStream(seed, 1)
  return Float32Array.from({ length: 6 * sampleRate }, (_, n) => {
    const loud = Math.floor(n / sampleRate) % 2 === 0
    const tone = loud ? 0 : toneLevel * Math.sin((2 * Math.PI * toneHz * n) / sampleRate)
    return (loud ? 0.1 : 0.001) * random.normal() + tone
  })
}

function errorsDb(synthesis: Float32Array): { centreHz: number; error: number }[] {
  const pauses = new PauseSpectrum(sampleRate)
  pauses.add(speechLike(1), synthesis)
  expect(pauses.seconds).toBeGreaterThan(0.4)
  return pauses.bands().map(({ centreHz, recordingDb, synthesisDb }) => ({
    centreHz,
    error: synthesisDb - recordingDb,
  }))
}

describe('PauseSpectrum', () => {
  it('calls two takes of the same noise equal', () => {
    // The lowest third-octave holds some 25 independent values in 0.6 s: its level is sure to about 1 dB.
    for (const { error } of errorsDb(speechLike(2))) expect(Math.abs(error)).toBeLessThan(2.5)
  })

  it('finds a tone that only the pauses have', () => {
    const errors = errorsDb(speechLike(2, 2756, 0.0005))
    const worst = errors.reduce((most, band) => (band.error > most.error ? band : most))
    expect(Math.abs(Math.log2(worst.centreHz / 2756))).toBeLessThan(1 / 6)
    expect(worst.error).toBeGreaterThan(3)
  })

  it('has no bands without sound', () => {
    const pauses = new PauseSpectrum(sampleRate)
    pauses.add(new Float32Array(sampleRate), speechLike(1).subarray(0, sampleRate))
    expect(pauses.bands()).toEqual([])
  })
})
