import { describe, expect, it } from 'vitest'
import { clickSharpness } from '../../src/density/clicks.js'
import { steepFallsDb } from '../../src/density/falls.js'
import { flatTopSamples } from '../../src/density/flat-tops.js'
import { longestFlatMs, shortGapDb } from '../../src/density/gaps.js'
import { mainsLinesDb } from '../../src/density/mains.js'
import { sungVowel } from '../audio/voice-signals.js'
import { noise } from './signals.js'

const sampleRate = 22_050
const seconds = 2
const length = seconds * sampleRate

/** A vowel with a little breath. */
function voice(): Float32Array {
  const { waveform } = sungVowel(length, sampleRate, (time) => 160 + 10 * Math.sin(3 * time))
  const breath = noise(length, 0.002)
  return waveform.map((sample, i) => 0.3 * sample + breath[i]!)
}

describe('clickSharpness', () => {
  it('rises with one faint click, and not with the level', () => {
    const calm = clickSharpness(voice(), sampleRate)
    const clicked = voice()
    clicked[20_000]! += 0.05
    expect(clickSharpness(clicked, sampleRate)).toBeGreaterThan(calm + 1)
    // Above the floor of rounding the measure is a ratio.
    expect(
      clickSharpness(
        clicked.map((sample) => 2 * sample),
        sampleRate,
      ),
    ).toBeCloseTo(clickSharpness(clicked, sampleRate), 1)
  })

  it('is nothing for silence and for noise that begins', () => {
    expect(clickSharpness(new Float32Array(5000), sampleRate)).toBe(0)
    const onset = noise(8000, 0.1).map((sample, i) => (i < 4000 ? 0 : sample))
    // No value of a few hundred normals is four times the next largest; a click of 0.05 in silence is 100 times.
    expect(clickSharpness(onset, sampleRate)).toBeLessThan(Math.log(4))
  })
})

describe('shortGapDb and longestFlatMs', () => {
  it('find a gap of 5 ms wherever it begins, and none at the ends', () => {
    const calm = voice()
    for (let start = 20_000; start < 20_044; start += 11) {
      const gap = voice().fill(0, start, start + 110)
      expect(shortGapDb(gap, sampleRate)).toBeGreaterThan(shortGapDb(calm, sampleRate) + 20)
      expect(longestFlatMs(gap, sampleRate)).toBeCloseTo(5, 0)
    }
    const ends = voice()
      .fill(0, 0, 3000)
      .fill(0, length - 3000)
    expect(longestFlatMs(ends, sampleRate)).toBeLessThan(1)
    expect(shortGapDb(ends, sampleRate)).toBeLessThan(shortGapDb(calm, sampleRate) + 20)
  })
})

describe('mainsLinesDb', () => {
  it.each([
    [50, 0],
    [60, 1],
    [100, 2],
    [120, 3],
  ])('tells a line at %i Hz from the others', (hz, index) => {
    const hum = noise(length, 0.01).map(
      (sample, i) => sample + 0.01 * Math.sin((2 * Math.PI * hz * i) / sampleRate),
    )
    const lines = mainsLinesDb(hum, sampleRate)
    const others = lines.filter((_, i) => i !== index)
    expect(lines[index]).toBeGreaterThan(15)
    // Noise is within some 12 dB of the median of its surroundings.
    expect(Math.max(...others)).toBeLessThan(12)
  })

  it('answers for very short sound', () => {
    expect(mainsLinesDb(new Float32Array(30), sampleRate).every(Number.isFinite)).toBe(true)
  })
})

describe('flatTopSamples', () => {
  it('counts what sits at the extremes, on either side', () => {
    const tone = Float32Array.from({ length: 4000 }, (_, i) => 0.5 * Math.sin(0.05 * i + 0.01))
    expect(flatTopSamples(tone)).toBeLessThan(60)
    const clipped = tone.map((sample) => Math.min(0.4, sample))
    const above = tone.filter((sample) => sample >= 0.4).length
    expect(flatTopSamples(clipped)).toBeGreaterThanOrEqual(above)
    expect(flatTopSamples(new Float32Array(100))).toBe(0)
  })
})

describe('steepFallsDb', () => {
  it('are less steep where sound dies away slowly', () => {
    const bursts = noise(length, 0.2).map((sample, i) =>
      Math.floor(i / 4000) % 2 === 0 ? sample : 0.001 * sample,
    )
    // Decays by 60 dB in 0.3 s from the end of each burst on, as in a room.
    const hiss = noise(length, 0.2, 9)
    const room = bursts.map((sample, i) => {
      const since = (i % 8000) - 4000
      return since < 0 ? sample : sample + hiss[i]! * 10 ** ((-3 * since) / (0.3 * sampleRate))
    })
    const [dry, wet] = [steepFallsDb(bursts, sampleRate), steepFallsDb(room, sampleRate)]
    for (const [i, fall] of dry.entries()) expect(wet[i]!).toBeLessThan(fall - 15)
  })
})
