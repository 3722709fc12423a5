import { describe, expect, it } from 'vitest'
import { logMel, melPresets } from '../../../src/audio/mel/mel.js'
import { concatFloats } from '../../../src/numeric/concat-floats.js'
import { type HibariSpectrum, melOfSpectrum } from '../../../src/speech/hibari/mel-spectrum.js'
import { PulseTrain } from '../../../src/speech/hibari/pulse-train.js'

const frames = 40
const silence = Float32Array.from({ length: 601 * frames }, () => -30)
const flat = (log: number) => Float32Array.from({ length: 601 * frames }, () => log)

/** All blocks of it as one. */
function wholeMel(spectrum: HibariSpectrum) {
  const blocks = [...melOfSpectrum(spectrum)]
  return {
    mel: {
      data: concatFloats(blocks.map(({ mel }) => mel.data)),
      frames: blocks.reduce((sum, { mel }) => sum + mel.frames, 0),
      channels: 80,
    },
    f0Hz: concatFloats(blocks.map(({ f0Hz }) => f0Hz)),
    blocks: blocks.length,
  }
}

function pulseTrain(f0Hz: ArrayLike<number>, step: number) {
  const train = new PulseTrain(f0Hz, 300, 24_000)
  for (let end = step; end < train.samples.length + step; end += step) train.makeUntil(end)
  return train.samples
}

describe('the pulse train', () => {
  it('has each harmonic of F0 below 11 kHz with amplitude 1', () => {
    const pulses = pulseTrain(new Float32Array(80).fill(200), 24_000)
    expect(pulses).toHaveLength(24_000)
    const amplitude = (hz: number) => {
      let [re, im] = [0, 0]
      for (const [n, sample] of pulses.entries()) {
        re += (sample * Math.cos((2 * Math.PI * hz * n) / 24_000)) / 12_000
        im += (sample * Math.sin((2 * Math.PI * hz * n) / 24_000)) / 12_000
      }
      return Math.hypot(re, im)
    }
    for (const hz of [200, 400, 10_800, 11_000]) expect(amplitude(hz)).toBeCloseTo(1, 3)
    for (const hz of [300, 11_200, 11_800]) expect(amplitude(hz)).toBeCloseTo(0, 3)
  })

  it('is silent where F0 is below 40 Hz', () => {
    expect(pulseTrain([0, 39, 0], 900)).toEqual(new Float32Array(900))
  })

  it('is the same made in steps', () => {
    const f0Hz = Float32Array.from({ length: 10 }, (_, frame) => (frame === 4 ? 0 : 150 + 20 * frame))
    expect(pulseTrain(f0Hz, 7)).toEqual(pulseTrain(f0Hz, 3000))
  })
})

describe('a predicted spectrum', () => {
  it('lies at the times of nvidia-22k and has F0 there', () => {
    const f0Hz = Float32Array.from({ length: frames }, (_, frame) => (frame < 20 ? 0 : 200 + frame))
    const { mel, f0Hz: at } = wholeMel({ harmonic: silence, noise: flat(0), free: silence, f0Hz })
    // 40 frames of 12.5 ms are 0.5 s, or 43 frames of 11.6 ms.
    expect([mel.frames, mel.channels, at.length]).toEqual([43, 80, 43])
    expect(at[20]).toBe(0)
    // (25 + 0.5) * 256 / 22050 * 80 = 23.68
    expect(at[25]).toBeCloseTo(223.684, 2)
  })

  it('has the mel of noise of that magnitude', () => {
    // White noise of variance 1 / sum(w^2) = 1 / 450 has a mean energy of 1 in every bin of the Hann window of 1200.
    const { mel } = wholeMel({
      harmonic: silence,
      noise: flat(0),
      free: silence,
      f0Hz: new Float32Array(frames),
    })
    const { fftSize, sampleRate } = melPresets['nvidia-22k']
    // Bands have unit area: a flat magnitude m gives m / width of a bin.
    const expected = Math.log(512 / 600 / (sampleRate / fftSize))
    expect(mel.data[79]).toBeCloseTo(expected, 2)
    const energies = wholeMel({
      harmonic: silence,
      noise: flat(0),
      free: flat(0),
      f0Hz: new Float32Array(frames),
    })
    expect(energies.mel.data[79]! - mel.data[79]!).toBeCloseTo(Math.log(2) / 2, 4)
  })

  it('has the mel of the pulses that it describes', () => {
    const f0Hz = new Float32Array(frames).fill(300)
    const { mel } = wholeMel({ harmonic: flat(Math.log(30)), noise: silence, free: silence, f0Hz })
    // A cosine of amplitude 1 has magnitude 300 in a Hann window of 1200, and 30 here: amplitude 0.1.
    const waveform = Float32Array.from({ length: 11_025 }, (_, n) => {
      let sum = 0
      for (let hz = 300; hz < 11_000; hz += 300) sum += 0.1 * Math.cos((2 * Math.PI * hz * n) / 22_050)
      return sum
    })
    const own = logMel(waveform, melPresets['nvidia-22k'])
    let difference = 0
    // Lower bands are narrower than the gaps between harmonics, where all is leakage of the window.
    for (let band = 60; band < 80; band++) {
      difference += Math.abs(mel.data[20 * 80 + band]! - own.data[20 * 80 + band]!) / 20
    }
    // The widths of bins count for noise; a harmonic comes out lower by their ratio, 0.07 nats.
    expect(difference).toBeLessThan(0.15)
  })

  it('ends at the floor', () => {
    const { mel } = wholeMel({
      harmonic: silence,
      noise: silence,
      free: silence,
      f0Hz: new Float32Array(1),
    })
    expect([...mel.data].every((value) => Math.abs(value - Math.log(1e-5)) < 1e-5)).toBe(true)
  })
})
