import { beforeAll, describe, expect, it } from 'vitest'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { melPresets } from '../../../src/audio/mel/mel.js'
import { createEngine, type Engine } from '../../../src/engine/index.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { concatFloats } from '../../../src/numeric/concat-floats.js'
import { bundledModel } from '../../../src/package-root.js'
import type { VoiceControls } from '../../../src/synthesis/voice/controls.js'
import { LiveVoice } from '../../../src/synthesis/voice/live-voice.js'
import { createModelEngine } from '../../test-engine.js'
import { tinyConfig, tinyWeights } from '../../tiny-model.js'

const { sampleRate } = melPresets['nvidia-22k']
const block = 256

interface Played {
  /** The block before which each message is played. */
  readonly messages: readonly (readonly [block: number, ...bytes: number[]])[]
  readonly controls?: Partial<VoiceControls>
}

/** What goes out, without its latency: a sample for each that went in. */
async function sing(voice: LiveVoice, input: Float32Array, { messages, controls = {} }: Played) {
  voice.set(controls)
  const parts: Float32Array[] = []
  for (let from = 0; from < input.length; from += block) {
    for (const [, ...bytes] of messages.filter(([at]) => at === from / block)) voice.play(bytes)
    parts.push(await voice.push(input.subarray(from, from + block)))
  }
  parts.push(await voice.flush())
  await voice.dispose()
  return concatFloats(parts).subarray(voice.latencySamples)
}

const on = (at: number, note: number, velocity = 127) => [at, 0x90, note, velocity] as const
const off = (at: number, note: number) => [at, 0x80, note, 0] as const

const largest = (samples: Float32Array) => samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
const difference = (a: Float32Array, b: Float32Array) => largest(a.map((value, i) => value - b[i]!))

describe('Notes of a small model', () => {
  const input = Float32Array.from(
    { length: 40 * block },
    (_, i) => 0.3 * Math.sin(i / 20) + 0.1 * Math.sin(i / 7),
  )
  let engine: Engine
  beforeAll(async () => {
    engine = await createModelEngine()
  })

  async function sung(played: Played, passes = 0): Promise<Float32Array> {
    const options = { sampleRate, voices: 2, seed: 3, passes }
    return sing(await LiveVoice.create(engine, tinyConfig, tinyWeights(), options), input, played)
  }

  it.each([0, 1])('add up, each as loud as it is struck, with %d passes', async (passes) => {
    const first = await sung({ messages: [on(0, 60)] }, passes)
    // The second press of a key, as in the chord.
    const second = await sung({ messages: [on(0, 1), off(0, 1), on(0, 67)] }, passes)
    const chord = await sung({ messages: [on(0, 60, 64), on(0, 67)] }, passes)
    const expected = chord.map((_, i) => Math.SQRT1_2 * ((64 / 127) * first[i]! + second[i]!))
    const isIn = Math.ceil(0.02 * sampleRate)
    expect(largest(expected)).toBeGreaterThan(0.01)
    expect(difference(first, second)).toBeGreaterThan(0.01)
    expect(difference(chord.subarray(isIn), expected.subarray(isIn))).toBeLessThan(1e-5)
  })

  it('begin at the sample before which they are played, and leave what was before as it was', async () => {
    const spoken = await sung({ messages: [] })
    const note = await sung({ messages: [on(20, 72), off(30, 72)] })
    expect(difference(note.subarray(0, 20 * block), spoken.subarray(0, 20 * block))).toBe(0)
    expect(
      difference(note.subarray(20 * block, 21 * block), spoken.subarray(20 * block, 21 * block)),
    ).not.toBe(0)
  })

  it('come from silence and fall silent where that is chosen, without a step', async () => {
    const controls = { withoutNote: 'silence' } as const
    const note = await sung({ messages: [on(10, 60), off(20, 60)], controls })
    const isOut = Math.ceil(0.02 * sampleRate)
    expect(largest(note.subarray(0, 10 * block))).toBe(0)
    expect(largest(note.subarray(10 * block, 20 * block))).toBeGreaterThan(0.01)
    expect(largest(note.subarray(20 * block + isOut))).toBe(0)
    expect(Math.abs(note[10 * block + 1]!)).toBeLessThan(0.01 * largest(note))
  })

  it('sing on when more are played than a call takes, while those before them fade', async () => {
    const all = await sung({ messages: [on(0, 60), on(0, 64), on(10, 67), on(20, 71)] })
    expect(all.every(Number.isFinite)).toBe(true)
    expect(largest(all.subarray(21 * block))).toBeGreaterThan(0.01)
  })
})

describe('Notes of the bundled model', () => {
  it('are where they are played, two at once', async () => {
    const clip = new URL('../../../web-audio-client/demo/public/clips/kerstin-1.flac', import.meta.url)
    const input = (await loadMono(clip.pathname, sampleRate)).slice(0, 2 * sampleRate)
    const { config, weights } = await loadGlowcastModel(bundledModel)
    const engine = await createEngine('auto')
    const options = { sampleRate, voices: 2 }
    const chord = { messages: [on(0, 45), on(0, 52)] }
    const sung = await sing(await LiveVoice.create(engine, config, weights, options), input, chord)
    const semitone = 2 ** (1 / 12)
    for (const hz of [110, 110 * 2 ** (7 / 12)]) {
      expect(harmonicEnergy(sung, hz)).toBeGreaterThan(8 * harmonicEnergy(sung, hz * semitone))
      expect(harmonicEnergy(sung, hz)).toBeGreaterThan(8 * harmonicEnergy(sung, hz / semitone))
    }
  })
})

/** Of the first three partials of a note. */
function harmonicEnergy(samples: Float32Array, hz: number): number {
  return [1, 2, 3].reduce((sum, partial) => sum + energyAt(samples, partial * hz), 0)
}

function energyAt(samples: Float32Array, hz: number): number {
  let [cosine, sine] = [0, 0]
  samples.forEach((value, i) => {
    const angle = (2 * Math.PI * hz * i) / sampleRate
    cosine += value * Math.cos(angle)
    sine += value * Math.sin(angle)
  })
  return cosine ** 2 + sine ** 2
}
