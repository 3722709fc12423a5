import { beforeAll, describe, expect, it } from 'vitest'
import { Denoiser } from '../../src/audio/denoiser.js'
import { melPresets } from '../../src/audio/mel/mel.js'
import { openWaveglowCheckpoint, readWeights } from '../../src/models/waveglow/import/import.js'
import { fillNormal, RandomStream } from '../../src/numeric/random.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { expectedValues, withCheckpoint } from '../models/waveglow/import/fixtures.js'
import { createModelEngine } from '../test-engine.js'
import { randomMel, tinyConfig, tinyWeights } from '../tiny-model.js'
import { expectSame } from './expect-same.js'

const mel = melPresets['nvidia-22k']

function noise(samples: number): Float32Array {
  const values = new Float32Array(samples)
  fillNormal(values, 3, 3, 0)
  return values
}

function denoised(denoiser: Denoiser, waveform: Float32Array, size: () => number): Float32Array {
  const parts: number[] = []
  for (let at = 0; at < waveform.length; ) {
    const count = Math.min(size(), waveform.length - at)
    parts.push(...denoiser.push(waveform.subarray(at, at + count)))
    at += count
  }
  parts.push(...denoiser.flush())
  return Float32Array.from(parts)
}

function difference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

const flat = new Float64Array(513).fill(2)

describe("the reference's denoiser", () => {
  let bias: Float64Array
  let expected: Awaited<ReturnType<typeof expectedValues>>
  beforeAll(async () => {
    const { config, weights } = await withCheckpoint('random-state-dict', async (path) => {
      const imported = await openWaveglowCheckpoint(path)
      const read = await readWeights(imported.weights)
      await imported.close()
      return { config: imported.config, weights: read }
    })
    const vocoder = await Vocoder.create(await createModelEngine(), config, weights)
    const zeros = { data: new Float32Array(88 * 80), frames: 88, channels: 80 }
    bias = Denoiser.biasOf(await vocoder.synthesize(zeros, { temperature: 0, melScaleCheck: 'off' }), mel)
    await vocoder.dispose()
    expected = await expectedValues('random-state-dict')
  })

  it.each([0.1, 0.7])('is matched at strength %d', (strength) => {
    const audio = expected('audio').data
    const ours = denoised(new Denoiser(mel, bias, strength), audio, () => audio.length)
    // The reference transforms in float32; peaks are about 4.
    expect(difference(ours, expected(`denoised_${strength}`).data)).toBeLessThan(2e-5)
    expect(difference(ours, audio)).toBeGreaterThan(1e-3)
  })
})

describe('Denoiser', () => {
  it('gives the same samples for any chunking, as many as it was given', () => {
    const waveform = noise(5000)
    const whole = denoised(new Denoiser(mel, flat, 1), waveform, () => 5000)
    expect(whole).toHaveLength(5000)
    const random = new RandomStream(1, 1)
    const denoiser = new Denoiser(mel, flat, 1)
    for (let run = 0; run < 3; run++) {
      expectSame(
        denoised(denoiser, waveform, () => 1 + random.integer(700)),
        whole,
      )
    }
  })

  it.each([0, 1, 2, 100, 255, 256, 511, 513, 1024])('takes %i samples', (samples) => {
    const waveform = noise(samples)
    const same = denoised(new Denoiser(mel, flat, 0), waveform, () => 300)
    // Nothing is subtracted: analysis and synthesis undo each other to float32.
    expect(difference(same, waveform)).toBeLessThan(1e-6)
  })

  it('leaves nothing where the bias is louder', () => {
    const bias = new Float64Array(513).fill(1e6)
    const rest = denoised(new Denoiser(mel, bias, 1), noise(4000), () => 500)
    expect(rest.every((sample) => sample === 0)).toBe(true)
  })

  it('refuses a bias of another size', () => {
    expect(() => new Denoiser(mel, new Float64Array(10), 1)).toThrow(/bias: got 10 bins, expected 513/)
  })
})

describe('a vocoder that denoises', () => {
  it('streams what its denoiser makes of its samples', async () => {
    const engine = await createModelEngine()
    const vocoder = await Vocoder.create(engine, tinyConfig, tinyWeights(), { chunkFrames: 8 })
    const bare = await vocoder.synthesize(randomMel(20), { seed: 1 })
    const zeros = { data: new Float32Array(88 * 80), frames: 88, channels: 80 }
    const bias = Denoiser.biasOf(
      await vocoder.synthesize(zeros, { temperature: 0, melProjections: 0, melScaleCheck: 'off' }),
      vocoder.mel,
    )
    const expected = denoised(new Denoiser(mel, bias, 0.5), bare, () => 999)
    expect(await vocoder.synthesize(randomMel(20), { seed: 1, denoise: 0.5 })).toEqual(expected)
    expect(difference(expected, bare)).toBeGreaterThan(0)
    await vocoder.dispose()
  })
})
