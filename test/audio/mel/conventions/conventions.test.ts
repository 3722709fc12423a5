import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadMono } from '../../../../src/audio/files/audio-file.js'
import { melInConvention } from '../../../../src/audio/mel/conventions/analyse.js'
import { convertMel, MelConverter } from '../../../../src/audio/mel/conventions/converter.js'
import type { MelDescription } from '../../../../src/audio/mel/conventions/description.js'
import { framesFor } from '../../../../src/audio/mel/conventions/frame-times.js'
import { conversionLoss } from '../../../../src/audio/mel/conventions/loss.js'
import { type ConventionName, melConventions } from '../../../../src/audio/mel/conventions/named.js'
import { readMelConvention } from '../../../../src/audio/mel/conventions/read.js'
import { ValueScale } from '../../../../src/audio/mel/conventions/value-scale.js'
import { logMel, melPresets } from '../../../../src/audio/mel/mel.js'
import { resample } from '../../../../src/audio/resample.js'
import { joined, largestError } from '../../chunks.js'

const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/audio/${name}`, import.meta.url))
/** Frames 6 to 9, by the code of the projects: test/fixtures/recipes/conventions.py. */
const references: Record<string, number[][]> = JSON.parse(readFileSync(fixture('conventions.json'), 'utf8'))
const firstFrame = 6

const coqui = (audio: object) => readMelConvention(JSON.stringify({ audio }))
const described: Record<string, MelDescription> = { 'coqui-8000': coqui({ mel_fmax: 8000 }) }
const conventionOf = (name: string): MelDescription =>
  described[name] ?? melConventions[name as ConventionName].mel

let speech: Float32Array
beforeAll(async () => {
  const all = await loadMono(fixture('speech.flac'), 22_050)
  speech = all.slice(11_025, 11_025 + 12_000)
})

describe('a named convention', () => {
  it.each(Object.keys(references))('is what its project computes: %s', (name) => {
    const reference = references[name]!
    const { data, channels } = melInConvention(speech, conventionOf(name))
    const frames = data.subarray(firstFrame * channels, (firstFrame + reference.length) * channels)
    expect(channels).toBe(reference[0]!.length)
    expect(largestError(frames, Float32Array.from(reference.flat()))).toBeLessThan(1e-4)
  })
})

describe('an exact conversion', () => {
  const exact = ['matcha', 'matcha-vctk']

  it.each(exact)('gives the natural logarithms back: %s', (name) => {
    const wanted = Float32Array.from(references['nvidia-22k']!.flat())
    const mel = { data: Float32Array.from(references[name]!.flat()), frames: 4, channels: 80 }
    const { data, frames } = new MelConverter(readMelConvention(name)).push(mel)
    expect(frames).toBe(4)
    expect(largestError(data, wanted)).toBeLessThan(1e-4)
  })

  it('gives those of decibels scaled to -4 … 4 back, from a config of Coqui', () => {
    const { data: wanted } = logMel(speech, { ...melPresets['nvidia-22k'], alignment: 'sample-centred' })
    const values = Float32Array.from(references['coqui-8000']!.flat())
    const { data } = new MelConverter(described['coqui-8000']!).push({
      data: values,
      frames: 4,
      channels: 80,
    })
    // Coqui clips at -80 dB, which is 1e-4.
    const clipped = wanted.slice(firstFrame * 80, 10 * 80).map((log) => Math.max(log, Math.log(1e-4)))
    expect(largestError(data, clipped)).toBeLessThan(1e-4)
  })

  it.each([
    ['a mean and a deviation', '{"like":"matcha-other","mean":-5,"deviation":2}'],
    [
      'one of each band',
      JSON.stringify({
        like: 'matcha-other',
        mean: Array.from({ length: 80 }, (_, i) => -i / 10),
        deviation: Array.from({ length: 80 }, (_, i) => 1 + i / 80),
      }),
    ],
    ['log10', '{"like":"nvidia-22k","logBase":"10","logFloor":1e-10}'],
    ['16-bit samples', '{"like":"nvidia-22k","fullScale":32768}'],
    ['an added floor', '{"like":"nvidia-22k","floorIs":"added"}'],
  ])('returns to the values: %s', (_, text) => {
    const mel = readMelConvention(text)
    const scale = new ValueScale(mel)
    const logs = Float32Array.from({ length: 160 }, (_, i) => -9 + i / 16)
    const values = logs.map((log, i) => scale.fromLog(log, i % 80))
    expect(largestError(values, logs)).toBeGreaterThan(0.05)
    const { data } = new MelConverter(mel).push({ data: values, frames: 2, channels: 80 })
    expect(largestError(data, logs)).toBeLessThan(1e-5)
  })

  it('raises what lies below the floor of nvidia-22k to it, and lets NaN through for the check to name', () => {
    const mel = readMelConvention('{"like":"nvidia-22k","logBase":"10"}')
    const values = new Float32Array(80).fill(-9)
    values[3] = Number.NaN
    const { data } = new MelConverter(mel).push({ data: values, frames: 1, channels: 80 })
    expect(data[0]).toBeCloseTo(Math.log(1e-5), 5)
    expect(data[3]).toBeNaN()
  })
})

describe('a conversion by least squares', () => {
  it.each([
    ['espnet', 0.2],
    ['coqui', 0.2],
    ['vocos', 0.15],
    ['bigvgan-24k', 0.15],
    ['styletts2', 0.25],
  ])('is near: %s', (name, most) => {
    const loss = conversionLoss(speech, conventionOf(name))
    expect(loss).toBeGreaterThan(0.01)
    expect(loss).toBeLessThan(most)
  })

  it('needs more frames than the edges have to tell its loss', () => {
    expect(() => conversionLoss(speech.subarray(0, 1792), conventionOf('espnet'))).toThrow(/got 8 frames/)
  })

  it('loses nothing where the bands are the same', () => {
    expect(conversionLoss(speech, conventionOf('matcha'))).toBeLessThan(1e-3)
  })

  it('is the same in pieces', () => {
    const mel = readMelConvention('vocos')
    const whole = melInConvention(resample(speech, 22_050, 24_000), mel)
    const converter = new MelConverter(mel)
    const parts = Array.from({ length: whole.frames }, (_, i) =>
      converter.push({ data: whole.data.slice(i * 100, (i + 1) * 100), frames: 1, channels: 100 }),
    )
    parts.push(converter.flush())
    const { data, frames } = convertMel(whole, mel)
    expect(frames).toBe(framesFor(whole.frames, mel, melPresets['nvidia-22k']))
    expect(joined(parts.map((part) => part.data))).toEqual(data)
  })
})

describe('a convention that is wrong', () => {
  it.each([
    ['an unknown name', 'tacotron', /got "tacotron", expected one of nvidia-22k, matcha/],
    ['the name of a method', 'constructor', /got "constructor"/],
    ['a field that is none', '{"like":"matcha","hop":3}', /melConvention: hop: got an unknown key/],
    ['no convention that it is like', '{"mean":0}', /like: got nothing, expected one of/],
    ['a wrong type', '{"like":"matcha","mean":"x"}', /melConvention: mean: got "x"/],
    ['a deviation of 0', '{"like":"matcha","deviation":0}', /deviation: got 0, expected positive/],
    [
      'too few means',
      '{"like":"matcha","mean":[1,2]}',
      /mean: got 2 values, expected one number, or one of each of 80 bands/,
    ],
    ['an fMax beyond the rate', '{"like":"matcha","fMax":12000}', /fMax: got 12000, expected at most half/],
    ['a list of one mean', '{"like":"matcha","mean":[1]}', /mean: got 1 value, expected one number, or/],
    ['a range upside down', '{"like":"matcha","range":[4,-4]}', /range: got \[4,-4\], expected the lower/],
    ['an FFT of another size', '{"audio":{"fft_size":1000}}', /fftSize: got 1000, expected a power of two/],
    ['half a JSON', '{"like":', /got text that is not JSON/],
    ['an audio section that is none', '{"audio":3}', /melConvention: audio: got 3/],
    ['a stats file of Coqui', '{"audio":{"stats_path":"s.npy"}}', /stats_path: got "s.npy"/],
    [
      'statistics that are not given',
      'parallel-wavegan',
      /mean: got nothing, expected that of your data set/,
    ],
  ])('is refused: %s', (_, text, message) => {
    expect(() => readMelConvention(text)).toThrow(message)
  })

  it('is refused where its bands are others', () => {
    expect(() => new MelConverter(melConventions.kaldi.mel)).toThrow(/melConvention: got a window of povey/)
  })

  it.each([
    ['{"like":"vocos","melBands":40}', /got 40 bands, too few/],
    ['{"like":"espnet","fMax":4000}', /got bands that end at 4000 Hz/],
    ['{"like":"espnet","fMin":300}', /got bands that begin at 300 Hz/],
    ['{"like":"espnet","hopLength":512}', /got a hop of 23.2 ms/],
    ['rayhane', /got values clipped at magnitudes of -40 dB/],
    ['{"like":"espnet","winLength":256}', /got a window of 11.6 ms/],
  ])('is refused where it lacks too much: %s', (text, message) => {
    expect(() => readMelConvention(text)).toThrow(message)
  })

  it('is refused with another number of bands', () => {
    const mel = { data: new Float32Array(100), frames: 1, channels: 100 }
    expect(() => new MelConverter(readMelConvention('matcha')).push(mel)).toThrow(
      /got 100 bands, expected 80/,
    )
  })
})
