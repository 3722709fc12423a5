import { decode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { colourMap } from '../../../src/report/charts/colour-map.js'
import { spectrogramImage, spectrogramLevels } from '../../../src/report/charts/spectrogram-image.js'
import { noise, sampleRate, sine } from '../../evaluation/signals.js'

function luminance([red, green, blue]: readonly number[]): number {
  const linear = [red!, green!, blue!].map((value) => (value / 255) ** 2.2)
  return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!
}

describe('colourMap', () => {
  it('gets lighter with every level, from almost black to almost white', () => {
    const luminances = colourMap.map(luminance)
    expect(colourMap).toHaveLength(256)
    expect(luminances[0]).toBeLessThan(0.01)
    expect(luminances.at(-1)).toBeGreaterThan(0.85)
    // Rounding to 8 bits may step back by a thousandth at most.
    for (let i = 1; i < 256; i++) expect(luminances[i]! - luminances[i - 1]!).toBeGreaterThan(-0.001)
    for (let i = 8; i < 256; i++) expect(luminances[i]).toBeGreaterThan(luminances[i - 8]!)
  })
})

describe('spectrogramLevels', () => {
  it('puts a sine of amplitude 1 at 0 dB in its row, and nothing elsewhere', () => {
    // 43.07 Hz are a row of two bins; bin 100, the middle of the window's peak, is in row 50.
    const { data, frames, channels } = spectrogramLevels(sine(sampleRate, (100 * sampleRate) / 1024, 1))
    expect(channels).toBe(256)
    const middle = data.subarray((frames >> 1) * 256, ((frames >> 1) + 1) * 256)
    // The peak and one neighbour of half its magnitude share the row: (1 + 1/4) / 2, -2.04 dB.
    expect(middle[50]).toBeCloseTo(10 * Math.log10(0.625), 2)
    expect(middle[200]).toBeLessThan(-100)
  })

  it('averages long waveforms to 900 columns', () => {
    const levels = spectrogramLevels(noise(10 * sampleRate, 1))
    expect(levels.frames).toBe(900)
    expect(levels.data).toHaveLength(900 * 256)
  })

  it('gives silence the floor', () => {
    expect(Math.max(...spectrogramLevels(new Float32Array(2000)).data)).toBe(-140)
  })
})

describe('spectrogramImage', () => {
  const levels = { data: Float32Array.of(0, -80, -40, -200), frames: 2, channels: 2 }

  it('is a palette PNG, time to the right, frequency upwards', () => {
    const png = decode(spectrogramImage(levels, { topDb: 0, rangeDb: 80 }))
    expect([png.width, png.height, png.channels]).toEqual([2, 2, 1])
    // Above: the higher rows of both columns; below: the lower ones.
    expect([...png.data]).toEqual([0, 0, 255, 128])
    expect(png.palette).toEqual(colourMap)
  })

  it('shows levels against the given top and range', () => {
    expect([...decode(spectrogramImage(levels, { topDb: 40, rangeDb: 160 })).data].slice(2)).toEqual([
      191, 128,
    ])
  })

  it('refuses a range of nothing', () => {
    expect(() => spectrogramImage(levels, { topDb: 0, rangeDb: 0 })).toThrow('range 0 dB')
    expect(() => spectrogramImage(levels, { topDb: Number.NaN })).toThrow('top NaN dB')
  })
})
