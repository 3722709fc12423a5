import { describe, expect, it } from 'vitest'
import { loadMono, removeDc } from '../../../../src/audio/files/audio-file.js'
import { resample } from '../../../../src/audio/resample.js'
import { clickEvents } from '../../../../src/scoring/texture/faults/clicks.js'
import { flatTops } from '../../../../src/scoring/texture/faults/clipping.js'
import {
  deepDropouts,
  flatStretches,
  shortDropouts,
} from '../../../../src/scoring/texture/faults/dropouts.js'
import { humLinesDb } from '../../../../src/scoring/texture/faults/hum.js'
import { findRepeats } from '../../../../src/scoring/texture/faults/repeats.js'
import { largestOf, prominent, type SoundEvent } from '../../../../src/scoring/texture/faults/spans.js'
import { type EventMeasure, measureSound } from '../../../../src/scoring/texture/features/sound-measures.js'
import { sungVowel } from '../../../audio/voice-signals.js'
import { noise } from '../../signals.js'
import { definitions, repeatDb } from './span-definitions.js'

const sampleRate = 22_050
const seconds = 2
const length = seconds * sampleRate

/** A vowel with a little breath. */
function voice(): Float32Array {
  const { waveform } = sungVowel(length, sampleRate, (time) => 160 + 10 * Math.sin(3 * time))
  const breath = noise(length, 0.002)
  return waveform.map((sample, i) => 0.3 * sample + breath[i]!)
}

/** First sample of a place, and the one behind its last. */
function samplesOf({ startSeconds, endSeconds }: SoundEvent): [start: number, end: number] {
  return [startSeconds * sampleRate, endSeconds * sampleRate].map(Math.round) as [number, number]
}

const strongest = (events: readonly SoundEvent[]) =>
  events.reduce((a, b) => (b.strength > a.strength ? b : a))
const sharpness = (waveform: Float32Array) => largestOf(clickEvents(waveform, sampleRate))

describe('measures that have places', async () => {
  const speech = await removeDc(await loadMono('test/fixtures/audio/speech.flac', sampleRate))
  const dropouts = speech.slice().fill(0, 15_000, 15_220).fill(0, 30_000, 30_441)
  const clicks = speech.slice()
  for (const at of [9000, 18_001, 40_002]) clicks[at]! += 0.2
  const clipped = speech.map((sample) => Math.min(0.1, Math.max(-0.1, sample)))

  it.each<[string, Float32Array]>([
    ['speech', speech],
    ['speech with dropouts', dropouts],
    ['speech with clicks', clicks],
    ['clipped speech', clipped],
    ['speech with a repeated packet', speech.slice().copyWithin(20_000, 19_559, 20_000)],
    ['a vowel', voice()],
    ['noise that begins', noise(8000, 0.1).map((sample, i) => (i < 4000 ? 0 : sample))],
    ['silence', new Float32Array(5000)],
  ])('are, for %s, those of the strongest place and as defined, bit for bit', (_, waveform) => {
    const { sound, events } = measureSound(waveform, sampleRate)
    for (const [name, definition] of Object.entries(definitions) as [
      EventMeasure,
      typeof definitions.shortDropoutDb,
    ][]) {
      expect(sound[name], name).toBe(definition(waveform))
      expect(largestOf(events[name]), name).toBe(sound[name])
      const starts = events[name].map(({ startSeconds }) => startSeconds)
      expect(starts, name).toEqual(starts.toSorted((a, b) => a - b))
      for (const { startSeconds, endSeconds } of events[name]) {
        expect(startSeconds, name).toBeGreaterThanOrEqual(0)
        expect(endSeconds, name).toBeGreaterThan(startSeconds)
        expect(endSeconds, name).toBeLessThanOrEqual(waveform.length / sampleRate)
      }
    }
  })
})

describe('prominent', () => {
  const at = (strength: number, i: number) => ({ startSeconds: i, endSeconds: i + 1, strength })

  it('keeps what is strong enough, and the strongest in any case', () => {
    expect(prominent([3, 1, 2].map(at), 2)).toEqual([at(3, 0), at(2, 2)])
    expect(prominent([3, 1, 2].map(at), 9)).toEqual([at(3, 0)])
    expect(prominent([], 9)).toEqual([])
  })
})

describe('clickEvents', () => {
  it('rise with one faint click, and not with the level', () => {
    const calm = sharpness(voice())
    const clicked = voice()
    clicked[20_000]! += 0.05
    expect(sharpness(clicked)).toBeGreaterThan(calm + 1)
    // Above the floor of rounding the measure is a ratio.
    expect(sharpness(clicked.map((sample) => 2 * sample))).toBeCloseTo(sharpness(clicked), 1)
  })

  it('find each click to the sample, wherever blocks begin', () => {
    for (let offset = 0; offset < 5; offset++) {
      const clicked = voice()
      clicked[20_000 + offset]! += 0.2
      clicked[30_000 + offset]! += 0.2
      clicked[30_001 + offset]! -= 0.12
      const events = clickEvents(clicked, sampleRate).filter(({ strength }) => strength > 2)
      expect(events.map(samplesOf)).toEqual([
        [20_000 + offset, 20_001 + offset],
        [30_000 + offset, 30_002 + offset],
      ])
    }
  })

  it('are nothing for silence and for noise that begins', () => {
    expect(sharpness(new Float32Array(5000))).toBe(0)
    const onset = noise(8000, 0.1).map((sample, i) => (i < 4000 ? 0 : sample))
    // No value of a few hundred normals is four times the next largest; a click of 0.05 in silence is 100 times.
    expect(sharpness(onset)).toBeLessThan(Math.log(4))
  })
})

describe('shortDropouts, deepDropouts and flatStretches', () => {
  it.each([5, 10, 20, 40])('find a gap of %i ms wherever it begins', (ms) => {
    const samples = Math.round((ms * sampleRate) / 1000)
    const calm = largestOf(shortDropouts(voice(), sampleRate))
    for (let start = 20_000; start < 20_044; start += 11) {
      const gap = voice().fill(0, start, start + samples)
      const found = [flatStretches, ...(ms < 10 ? [] : [deepDropouts]), ...(ms < 20 ? [shortDropouts] : [])]
      for (const find of found) {
        const event = strongest(find(gap, sampleRate))
        const [first, end] = samplesOf(event)
        // Samples of the vowel beside the gap may be as small as those in it.
        expect(Math.abs(first - start)).toBeLessThan(8)
        expect(Math.abs(end - start - samples)).toBeLessThan(8)
      }
      if (ms < 20) expect(strongest(shortDropouts(gap, sampleRate)).strength).toBeGreaterThan(calm + 20)
    }
  })

  it('find none at the ends', () => {
    const calm = largestOf(shortDropouts(voice(), sampleRate))
    const ends = voice()
      .fill(0, 0, 3000)
      .fill(0, length - 3000)
    expect(largestOf(flatStretches(ends, sampleRate))).toBeLessThan(1)
    expect(largestOf(shortDropouts(ends, sampleRate))).toBeLessThan(calm + 20)
  })

  it('find two gaps as two places', () => {
    const dropouts = voice().fill(0, 15_000, 15_220).fill(0, 30_000, 30_220)
    for (const find of [shortDropouts, flatStretches]) {
      const events = find(dropouts, sampleRate).filter(
        ({ strength }) => strength > (find === shortDropouts ? 40 : 5),
      )
      expect(events.map(({ startSeconds }) => startSeconds.toFixed(2))).toEqual(['0.68', '1.36'])
    }
  })
})

describe('humLinesDb', () => {
  it.each([
    [50, 0],
    [60, 1],
    [100, 2],
    [120, 3],
  ])('tells a line at %i Hz from the others', (hz, index) => {
    const hum = noise(length, 0.01).map(
      (sample, i) => sample + 0.01 * Math.sin((2 * Math.PI * hz * i) / sampleRate),
    )
    const lines = humLinesDb(hum, sampleRate)
    const others = lines.filter((_, i) => i !== index)
    expect(lines[index]).toBeGreaterThan(15)
    // Noise is within some 12 dB of the median of its surroundings.
    expect(Math.max(...others)).toBeLessThan(12)
  })

  it('answers for very short sound', () => {
    expect(humLinesDb(new Float32Array(30), sampleRate).every(Number.isFinite)).toBe(true)
  })
})

describe('clipping', () => {
  it('are what sits at the extremes, on either side, as strong as all together', () => {
    const tone = Float32Array.from({ length: 4000 }, (_, i) => 0.5 * Math.sin(0.05 * i + 0.01))
    expect(largestOf(flatTops(tone, sampleRate))).toBeLessThan(60)
    const clipped = tone.map((sample) => Math.min(0.4, sample))
    const above = tone.filter((sample) => sample >= 0.4).length
    expect(largestOf(flatTops(clipped, sampleRate))).toBeGreaterThanOrEqual(above)
    expect(flatTops(new Float32Array(100), sampleRate)).toEqual([])
  })

  it('that are near each other are one place', () => {
    const loud = voice().map((sample) => 0.1 * sample)
    // Peaks 10 ms apart, and another after a pause.
    for (const at of [10_000, 10_220, 10_440, 20_000]) loud.fill(0.9, at, at + 5)
    const events = flatTops(loud, sampleRate).filter(
      ({ startSeconds }) => loud[startSeconds * sampleRate] === loud[10_000],
    )
    expect(events.map(samplesOf)).toEqual([
      [10_000, 10_445],
      [20_000, 20_005],
    ])
    expect(events.map(({ strength }) => strength)).toEqual([20, 20])
  })
})

describe('findRepeats', async () => {
  const speech = await removeDc(await loadMono('test/fixtures/audio/speech.flac', sampleRate))
  const strengthOf = (waveform: Float32Array) => largestOf(findRepeats(waveform, sampleRate).events)

  it('stand out as far as defined', () => {
    const packet = speech.slice().copyWithin(20_000, 19_559, 20_000)
    for (const waveform of [packet.subarray(17_000, 23_000), speech.subarray(9000, 13_000)])
      expect(strengthOf(waveform)).toBeCloseTo(repeatDb(waveform), 6)
  })

  it.each([10, 20, 40, 60])('finds a packet of %i ms that is played again, to the sample', (ms) => {
    const samples = Math.round((ms * sampleRate) / 1000)
    for (let start = 20_000; start < 20_110; start += 27) {
      const waveform = speech.slice().copyWithin(start, start - samples, start)
      const { events } = findRepeats(waveform, sampleRate)
      expect(events).toHaveLength(1)
      expect(events[0]!.strength).toBeGreaterThan(40)
      const [first, end] = samplesOf(events[0]!)
      expect(Math.abs(first - start)).toBeLessThan(8)
      expect(Math.abs(end - start - samples)).toBeLessThan(8)
    }
  })

  it('still finds it behind a telephone line', async () => {
    const packet = speech.slice().copyWithin(20_000, 19_559, 20_000)
    const line = await resample(await resample(packet, sampleRate, 8000), 8000, sampleRate)
    expect(strengthOf(line)).toBeGreaterThan(25)
  })

  it('takes no voice, tone, noise or silence for a repeat', () => {
    const tone = Float32Array.from({ length }, (_, i) => 0.3 * Math.sin(0.3 * i))
    const whine = speech.map((sample, i) => sample + 0.003 * Math.sin(2.9 * i))
    for (const waveform of [speech, voice(), tone, whine, noise(length, 0.1), new Float32Array(length)]) {
      expect(strengthOf(waveform)).toBeLessThan(14)
    }
  })

  it('finds two packets as two places', () => {
    const waveform = speech.slice().copyWithin(20_000, 19_559, 20_000).copyWithin(40_000, 39_559, 40_000)
    expect(findRepeats(waveform, sampleRate).events.map((event) => samplesOf(event)[0])).toHaveLength(2)
  })

  it('is high throughout where sound is stretched by blending pieces of it', () => {
    expect(findRepeats(stretched(speech), sampleRate).commonDb).toBeGreaterThan(
      findRepeats(speech, sampleRate).commonDb + 3,
    )
  })

  it('is nothing for what is shorter than a window', () => {
    expect(findRepeats(speech.subarray(0, 100), sampleRate)).toEqual({ events: [], commonDb: 0 })
  })
})

/** A quarter longer: pieces of 40 ms, each blended over its first 10 ms with the last 10 ms of the piece before. */
function stretched(waveform: Float32Array): Float32Array {
  const [piece, blend] = [882, 220]
  const hop = piece - blend
  const pieces = Math.floor((0.8 * waveform.length) / hop)
  const result = new Float32Array(pieces * hop + blend)
  for (let p = 0; p < pieces; p++) {
    for (let i = 0; i < piece; i++) {
      const fade = Math.min(1, (i + 1) / blend, (piece - i) / blend)
      result[p * hop + i]! += fade * (waveform[Math.round(0.8 * p * hop) + i] ?? 0)
    }
  }
  return result
}
