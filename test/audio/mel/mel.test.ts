import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { logMel, MelAnalyzer, type MelConfig, melFilterBank, melPresets } from '../../../src/audio/mel/mel.js'
import { decodeNpy } from '../../../src/audio/mel/npy.js'
import { chunksOf, joined, largestError, noise } from '../chunks.js'
import { expectSame } from '../expect-same.js'

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/audio/${name}`, import.meta.url))
const reference = (name: string) => decodeNpy(readFileSync(fixture(`mel-${name}.npy`)))

const nvidia: MelConfig = melPresets['nvidia-22k']
const sampleCentred: MelConfig = { ...nvidia, alignment: 'sample-centred' }
const htkEnergy: MelConfig = {
  ...sampleCentred,
  fftSize: 512,
  winLength: 400,
  hopLength: 160,
  melBands: 40,
  fMax: 11_025,
  melScale: 'htk',
  melNorm: 'none',
  power: 2,
  logBase: '10',
}

describe('log-mel', () => {
  let speech: Float32Array
  beforeAll(async () => {
    speech = await loadMono(fixture('speech.flac'), 22_050)
  })

  it.each([
    ['nvidia-22k', nvidia, 44_177],
    ['sample-centred', sampleCentred, 44_177],
    ['htk-energy', htkEnergy, 11_025],
  ])('equals librosa on speech: %s', (name, config, samples) => {
    const { shape, data } = reference(name)
    const got = logMel(speech.subarray(0, samples), config)
    expect([got.frames, got.channels]).toEqual(shape)
    // Both in double precision, but for our filter bank in floats (6e-8); stored as floats of up to 10 (5e-7).
    expect(largestError(got.data, data)).toBeLessThan(3e-6)
  })

  it('streams: all frames equal the whole, bit for bit', () => {
    const waveform = speech.subarray(0, 20_000)
    for (const config of [nvidia, sampleCentred]) {
      const whole = logMel(waveform, config)
      const analyzer = new MelAnalyzer(config)
      for (let seed = 0; seed < 4; seed++) {
        const parts = chunksOf(waveform, 1500, seed).map((chunk) => analyzer.push(chunk).data)
        expectSame(joined([...parts, analyzer.flush().data]), whole.data)
      }
    }
  })

  it('gives a frame as soon as its samples are there', () => {
    const analyzer = new MelAnalyzer(nvidia)
    // Frame 0 ends half a frame and half a hop after its start: at sample (1024 + 256) / 2.
    expect(analyzer.push(new Float32Array(639)).frames).toBe(0)
    expect(analyzer.push(new Float32Array(1)).frames).toBe(1)
    expect(analyzer.push(new Float32Array(255)).frames).toBe(0)
    expect(analyzer.push(new Float32Array(1)).frames).toBe(1)
  })

  it.each([1, 2, 100, 255, 256, 300, 385, 512, 513])(
    'is finite for %i samples, too few to mirror',
    (samples) => {
      const waveform = noise(samples)
      expect(logMel(waveform, nvidia).frames).toBe(Math.floor(samples / 256))
      const { data, frames } = logMel(waveform, sampleCentred)
      expect(frames).toBe(1 + Math.floor(samples / 256))
      expect(data.every(Number.isFinite)).toBe(true)
    },
  )

  it('puts silence at the floor', () => {
    const { data } = logMel(new Float32Array(1024), nvidia)
    expect(new Set(data)).toEqual(new Set([Math.fround(Math.log(1e-5))]))
  })

  it('refuses an empty waveform, and a sample that is no number, naming it', () => {
    expect(() => logMel(new Float32Array(0), nvidia)).toThrow(/waveform: got no samples/)
    const waveform = noise(10_000)
    waveform[9000] = Number.NaN
    expect(() => logMel(waveform, nvidia)).toThrow(/NaN at sample 9000/)
    waveform[9000] = Number.POSITIVE_INFINITY
    expect(() => logMel(waveform, nvidia)).toThrow(/Infinity at sample 9000/)
    expect(new MelAnalyzer(nvidia).flush().frames).toBe(0)
  })

  it.each([
    [{ fMax: 12_000 }, /fMax: got 12000, expected at most half the sample rate/],
    [{ fMin: 8000 }, /fMin: got 8000/],
    [{ fMin: -1 }, /fMin/],
    [{ melBands: 0 }, /melBands/],
    [{ melBands: 2.5 }, /melBands/],
    [{ logFloor: 0 }, /logFloor/],
    [{ sampleRate: Number.NaN }, /sampleRate|fMax/],
    [{ melScale: 'bark' as never }, /melScale: got bark, expected slaney or htk/],
    [{ melNorm: 'area' as never }, /melNorm/],
    [{ logBase: '2' as never }, /logBase/],
    [{ power: 3 as never }, /power/],
    [{ fftSize: 1000 }, /fftSize/],
  ])('refuses %o', (change, message) => {
    expect(() => new MelAnalyzer({ ...nvidia, ...change })).toThrow(message)
    expect(() => melFilterBank({ ...nvidia, ...change })).toThrow(message)
  })
})
