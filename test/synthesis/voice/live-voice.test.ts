import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logMel, melPresets } from '../../../src/audio/mel/mel.js'
import { resample } from '../../../src/audio/resample.js'
import type { Engine } from '../../../src/engine/index.js'
import { concatFloats } from '../../../src/numeric/concat-floats.js'
import { type SynthesisOptions, Vocoder } from '../../../src/synthesis/vocoder.js'
import type { VoiceControls } from '../../../src/synthesis/voice/controls.js'
import { LiveVoice, type LiveVoiceOptions } from '../../../src/synthesis/voice/live-voice.js'
import { createModelEngine } from '../../test-engine.js'
import { tinyConfig, tinyWeights } from '../../tiny-model.js'

const preset = melPresets[tinyConfig.mel]
let engine: Engine
let vocoder: Vocoder

beforeAll(async () => {
  engine = await createModelEngine()
  vocoder = await Vocoder.create(engine, tinyConfig, tinyWeights())
})
afterAll(() => vocoder.dispose())

/** A vowel whose pitch glides. */
function vowel(samples: number, sampleRate: number): Float32Array {
  let cycles = 0
  return Float32Array.from({ length: samples }, (_, i) => {
    cycles += (120 + 60 * Math.sin((3 * i) / sampleRate)) / sampleRate
    return [1, 2, 3, 4, 5].reduce((sum, k) => sum + (0.2 / k) * Math.sin(2 * Math.PI * k * cycles), 0)
  })
}

interface Spoken {
  readonly samples: Float32Array
  readonly latency: number
}

/** All that goes out while it speaks, and behind it. */
async function speak(
  input: Float32Array,
  options: LiveVoiceOptions,
  controls: Partial<VoiceControls> = {},
  size = 441,
): Promise<Spoken> {
  const voice = await LiveVoice.create(engine, tinyConfig, tinyWeights(), options)
  try {
    voice.set(controls)
    const parts: Float32Array[] = []
    for (let from = 0; from < input.length; from += size) {
      const part = input.subarray(from, from + size)
      const out = await voice.push(part)
      expect(out).toHaveLength(part.length)
      parts.push(out)
    }
    const { latencySamples } = voice
    const rest = await voice.flush()
    expect(rest).toHaveLength(latencySamples)
    await expect(voice.push(input)).rejects.toThrow('voice: got one that has ended, expected a new one')
    return { samples: concatFloats([...parts, rest]), latency: latencySamples }
  } finally {
    await voice.dispose()
  }
}

function largest(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

/** What the file as a whole becomes, at the rate of the voice. */
async function whole(input: Float32Array, rate: number, options: SynthesisOptions): Promise<Float32Array> {
  const atModel = resample(input, rate, preset.sampleRate)
  return resample(await vocoder.synthesize(logMel(atModel, preset), options), preset.sampleRate, rate)
}

describe.each([
  { rate: 22_050, passes: 0, chunkFrames: 2, size: 441 },
  { rate: 22_050, passes: 1, chunkFrames: 2, size: 300, comb: true },
  { rate: 48_000, passes: 1, chunkFrames: 3, size: 128 },
  { rate: 8000, passes: 0, chunkFrames: 1, size: 777 },
  { rate: 96_000, passes: 0, chunkFrames: 2, size: 1 << 14 },
])('A live voice at $rate Hz with $passes passes', ({ rate, passes, chunkFrames, size, comb = false }) => {
  it('gives the samples of the whole file, as late as it says', async () => {
    const input = vowel(rate / 2, rate)
    const options = { sampleRate: rate, passes, comb, chunkFrames, seed: 5 }
    const { samples, latency } = await speak(input, options, { pitchSemitones: 3 }, size)
    const expected = await whole(input, rate, { seed: 5, melProjections: passes, comb, pitchSemitones: 3 })
    expect(samples.subarray(0, latency).every((value) => value === 0)).toBe(true)
    const got = samples.subarray(latency, latency + expected.length)
    expect(largest(expected, new Float32Array(expected.length))).toBeGreaterThan(0.01)
    expect(largest(got, expected)).toBeLessThan(1e-4)
  })
})

it('tells latency: what the networks and the window hear of the future, a chunk, the passes and the comb', async () => {
  const latencyOf = async (passes: number, chunkFrames: number, comb = false) => {
    const options = { sampleRate: preset.sampleRate, passes, comb, chunkFrames }
    const voice = await LiveVoice.create(engine, tinyConfig, tinyWeights(), options)
    const { latencySamples } = voice
    await voice.dispose()
    return latencySamples
  }
  const { hopLength, fftSize } = preset
  // The pitch of the frame behind the chunk, with three frames more; half of the window; the group that is held back.
  const ahead = 4 * hopLength + (fftSize - hopLength) / 2 + tinyConfig.groupSize
  expect(await latencyOf(0, 1)).toBe(hopLength + ahead - 1)
  expect(await latencyOf(0, 2)).toBe(2 * hopLength + ahead - 1)
  expect(await latencyOf(2, 1)).toBe(hopLength + ahead - 1 + 2 * 3 * hopLength)
  expect(await latencyOf(2, 1, true)).toBe(hopLength + ahead - 1 + 2 * 3 * hopLength + 2 * hopLength)
})

describe('Controls', () => {
  const rate = preset.sampleRate
  const options = { sampleRate: rate, seed: 5 }
  const input = vowel(rate / 2, rate)

  it('without rebuilt voice, gives the input, as late', async () => {
    const { samples, latency } = await speak(input, options, { wet: 0 })
    // The share moves there within 20 ms, in which the input is silence.
    expect(largest(samples.subarray(latency), input)).toBeLessThan(1e-6)
  })

  it('whispers what a whole file says without F0', async () => {
    const { samples, latency } = await speak(input, options, { whisper: true, breathiness: 0.5 })
    const expected = await whole(input, rate, { seed: 5, melProjections: 0, temperature: 0.5, f0Hz: [] })
    expect(largest(samples.subarray(latency, latency + expected.length), expected)).toBeLessThan(1e-4)
  })

  it('change from one push to the next: a voice fades into the input', async () => {
    const voice = await LiveVoice.create(engine, tinyConfig, tinyWeights(), options)
    await voice.push(input)
    voice.set({ flatten: 1, pitchSemitones: -5, wet: 0 })
    expect(voice.controls).toEqual({
      pitchSemitones: -5,
      flatten: 1,
      whisper: false,
      breathiness: tinyConfig.temperature,
      wet: 0,
      voices: 1,
      bendSemitones: 2,
      withoutNote: 'voice',
    })
    const { latencySamples } = voice
    const before = await voice.push(input.subarray(0, latencySamples))
    const faded = await voice.push(new Float32Array(latencySamples))
    await voice.dispose()
    const fade = Math.ceil(0.02 * rate)
    const dry = input.subarray(0, latencySamples)
    // What came in before the change is rebuilt, and what came in after it is not.
    expect(largest(before, input.subarray(-latencySamples))).toBeGreaterThan(0.01)
    expect(faded[0]).not.toBeCloseTo(dry[0]!, 6)
    expect(largest(faded.subarray(fade), dry.subarray(fade))).toBeLessThan(1e-6)
  })

  it('are refused by name', async () => {
    const voice = await LiveVoice.create(engine, tinyConfig, tinyWeights(), options)
    for (const [changes, message] of [
      [{ pitchSemitones: 40 }, 'pitchSemitones: got 40, expected a number from -36 to 36'],
      [{ wet: Number.NaN }, 'wet: got NaN, expected a number from 0 to 1'],
      [{ whisper: 1 }, 'whisper: got 1, expected true or false'],
      [{ voices: 2 }, 'voices: got 2, expected a whole number from 1 to 1'],
      [{ bendSemitones: 25 }, 'bendSemitones: got 25, expected a number from 0 to 24'],
      [{ withoutNote: 'noise' }, 'withoutNote: got noise, expected voice or silence'],
      [{ colour: 1 }, 'colour: got an unknown control, expected one of a live voice'],
    ] as const) {
      expect(() => voice.set(changes as Partial<VoiceControls>)).toThrow(message)
    }
    await voice.dispose()
  })
})

it.each([
  [{ sampleRate: 22_050.5 }, 'sampleRate: got 22050.5, expected a whole number from 8000 to 384000'],
  [{ sampleRate: 8000, chunkFrames: 0 }, 'chunkFrames: got 0, expected a whole number from 1 to 64'],
  [{ sampleRate: 8000, passes: -1 }, 'passes: got -1, expected a whole number from 0 to '],
  [{ sampleRate: 8000, voices: 9 }, 'voices: got 9, expected a whole number from 1 to 8'],
])('refuses %o', async (options, message) => {
  await expect(LiveVoice.create(engine, tinyConfig, tinyWeights(), options)).rejects.toThrow(message)
})
