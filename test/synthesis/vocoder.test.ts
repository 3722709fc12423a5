import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readMelConvention } from '../../src/audio/mel/conventions/read.js'
import { melPresets } from '../../src/audio/mel/mel.js'
import { highestLogMel } from '../../src/audio/mel/scale-check.js'
import { sharpenMel } from '../../src/audio/mel/sharpen.js'
import type { Engine } from '../../src/engine/index.js'
import { loadOnnxRuntime } from '../../src/engine/runtime/onnx-runtime.js'
import { LikelihoodModel } from '../../src/likelihood/likelihood.js'
import { glowcastModel } from '../../src/models/glowcast/model.js'
import { standaloneOnnx } from '../../src/models/glowcast/standalone-onnx.js'
import { RandomStream } from '../../src/numeric/random.js'
import { samplePrior } from '../../src/synthesis/sample-prior.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { createModelEngine } from '../test-engine.js'
import { randomMel, tinyConfig, tinyConfigWithoutPitch, tinyWeights } from '../tiny-model.js'

let engine: Engine
let vocoder: Vocoder

beforeAll(async () => {
  engine = await createModelEngine()
  vocoder = await Vocoder.create(engine, tinyConfig, tinyWeights(), { chunkFrames: 16 })
})

afterAll(() => vocoder.dispose())

/** As if its logarithms were to the base of 10, and smooth as speech is. */
function log10(mel: { data: Float32Array; frames: number; channels: number }) {
  return { ...mel, data: mel.data.map((value, i) => -2.5 + 0.02 * value + Math.sin(i / 800)) }
}

function maxDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

function peak(waveform: Float32Array): number {
  return waveform.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

async function collect(stream: AsyncIterable<Float32Array>): Promise<Float32Array> {
  const parts: number[] = []
  for await (const samples of stream) parts.push(...samples)
  return Float32Array.from(parts)
}

function slices(frames: number, sizes: () => number) {
  const mel = randomMel(frames)
  const parts = []
  for (let frame = 0; frame < frames; ) {
    const count = Math.min(frames - frame, sizes())
    const data = mel.data.subarray(frame * 80, (frame + count) * 80)
    parts.push({ data, frames: count, channels: 80 })
    frame += count
  }
  return parts
}

describe('Vocoder', () => {
  it.each([1, 2, 15, 16, 17, 50])('gives hopLength samples for each of %i frames', async (frames) => {
    const waveform = await vocoder.synthesize(randomMel(frames))
    expect(waveform).toHaveLength(frames * 256)
    expect(waveform.every(Number.isFinite)).toBe(true)
    expect(peak(waveform)).toBeGreaterThan(0)
  })

  it('takes mels of another convention, whole and in pieces', async () => {
    const mel = { data: randomMel(40).data.map((log) => (log + 4) / 4), frames: 40, channels: 80 }
    // 40 frames every 300 samples of 24,000 Hz are 0.5 s: 43 frames every 256 of 22,050.
    const melConvention = readMelConvention('styletts2')
    const options = { melConvention, melScaleCheck: 'off' } as const
    const whole = await vocoder.synthesize(mel, options)
    expect(whole).toHaveLength(43 * 256)
    expect(peak(whole)).toBeGreaterThan(0)
    const pieces = Array.from({ length: 8 }, (_, i) => ({
      data: mel.data.subarray(i * 400, (i + 1) * 400),
      frames: 5,
      channels: 80,
    }))
    const streamed = await collect(vocoder.stream(pieces, options))
    expect(maxDifference(streamed, whole)).toBeLessThan(1e-6)
    const f0Hz = new Float32Array(40).fill(100)
    await expect(vocoder.synthesize(mel, { ...options, f0Hz })).rejects.toThrow(
      /f0Hz: got an F0, expected none/,
    )
  })

  it('gives the same samples streamed in any chunking as whole', async () => {
    const whole = await vocoder.synthesize(randomMel(75))
    const random = new RandomStream(2, 2)
    for (let run = 0; run < 6; run++) {
      const streamed = await collect(vocoder.stream(slices(75, () => 1 + random.integer(30))))
      expect(streamed).toHaveLength(whole.length)
      // The same graph sees the same frames: only where chunks of mel end differs.
      expect(maxDifference(streamed, whole)).toBeLessThan(1e-6)
    }
  })

  it('gives the same samples whatever its own chunk length', async () => {
    const whole = await vocoder.synthesize(randomMel(75))
    for (const chunkFrames of [1, 5, 64]) {
      const other = await Vocoder.create(engine, tinyConfig, tinyWeights(), { chunkFrames })
      // Matrix products of another size may sum in another order.
      expect(maxDifference(await other.synthesize(randomMel(75)), whole)).toBeLessThan(1e-4 * peak(whole))
      await other.dispose()
    }
  })

  it('brings audio before the mel ends', async () => {
    let sent = 0
    async function* frames() {
      for (const part of slices(80, () => 4)) {
        sent += part.frames
        yield part
      }
    }
    // Each pass toward the mel waits for 3 frames.
    const stream = vocoder.stream(frames(), { melProjections: 2 })
    await stream.next()
    // A chunk of 16 frames, its lookahead, and the pitch block that ends behind it.
    expect(sent).toBeLessThanOrEqual(24)
    await stream.return(undefined)
  })

  it('follows its seed and temperature', async () => {
    const mel = randomMel(20)
    const [a, again, other, quiet] = await Promise.all([
      vocoder.synthesize(mel, { seed: 1 }),
      vocoder.synthesize(mel, { seed: 1 }),
      vocoder.synthesize(mel, { seed: 2 }),
      vocoder.synthesize(mel, { seed: 1, temperature: 0 }),
    ])
    expect(a).toEqual(again)
    expect(maxDifference(a, other)).toBeGreaterThan(1e-3)
    expect(await vocoder.synthesize(mel, { seed: 9, temperature: 0 })).toEqual(quiet)
  })

  it('sharpens the mel that it is given, whole and in pieces', async () => {
    const mel = randomMel(40)
    const range = { least: Math.log(melPresets['nvidia-22k'].logFloor), most: highestLogMel }
    const expected = await vocoder.synthesize(sharpenMel(mel, 0.3, range))
    expect(await vocoder.synthesize(mel, { sharpen: 0.3 })).toEqual(expected)
    const streamed = await collect(
      vocoder.stream(
        slices(40, () => 7),
        { sharpen: 0.3 },
      ),
    )
    expect(maxDifference(streamed, expected)).toBeLessThan(1e-6)
    await expect(vocoder.synthesize(mel, { sharpen: 1.1 })).rejects.toThrow(
      'sharpen: got 1.1, expected a number from 0 to 1',
    )
  })

  it.each([0, 2])('combs, whole and in pieces, with %i passes', async (melProjections) => {
    const mel = randomMel(40)
    const f0Hz = new Float32Array(40).fill(180)
    const options = { melProjections, f0Hz, comb: true }
    const whole = await vocoder.synthesize(mel, options)
    const plain = await vocoder.synthesize(mel, { melProjections, f0Hz })
    expect(maxDifference(whole, plain)).toBeGreaterThan(1e-3)
    const pieces = slices(40, () => 7)
    expect(maxDifference(await collect(vocoder.stream(pieces, options)), whole)).toBeLessThan(1e-6)
    const whispered = { melProjections, f0Hz: [] }
    expect(await vocoder.synthesize(mel, { ...whispered, comb: true })).toEqual(
      await vocoder.synthesize(mel, whispered),
    )
  })

  it('combs by the pitch that is spoken', async () => {
    const mel = randomMel(40)
    const at = (hz: number, pitchSemitones: number) => {
      const f0Hz = new Float32Array(40).fill(hz)
      return vocoder.synthesize(mel, { f0Hz, pitchSemitones, melDetail: false, comb: true })
    }
    expect(await at(100, 12)).toEqual(await at(200, 0))
  })

  it('combs where the model says so, and refuses to where it has no pitch', async () => {
    const mel = randomMel(20)
    const f0Hz = new Float32Array(20).fill(180)
    const combing = await Vocoder.create(engine, { ...tinyConfig, comb: true }, tinyWeights(), {
      chunkFrames: 16,
    })
    expect(await combing.synthesize(mel, { f0Hz })).toEqual(
      await vocoder.synthesize(mel, { f0Hz, comb: true }),
    )
    expect(await combing.synthesize(mel, { f0Hz, comb: false })).toEqual(
      await vocoder.synthesize(mel, { f0Hz }),
    )
    await combing.dispose()
    const config = tinyConfigWithoutPitch
    const pitchless = await Vocoder.create(engine, config, tinyWeights(1, config), { chunkFrames: 16 })
    await expect(pitchless.synthesize(mel, { comb: true })).rejects.toThrow(
      'comb: got true, expected false: the model has no pitch',
    )
    await pitchless.dispose()
  })

  it('takes the F0 that it is given', async () => {
    const mel = randomMel(40)
    const at = (hz: number) =>
      vocoder.synthesize(mel, { f0Hz: new Float32Array(40).fill(hz), melDetail: false, temperature: 0 })
    expect(maxDifference(await at(100), await at(200))).toBeGreaterThan(1e-4)
    expect(
      await vocoder.synthesize(mel, {
        f0Hz: new Float32Array(40).fill(100),
        pitchSemitones: 12,
        temperature: 0,
        comb: false,
      }),
    ).toEqual(await at(200))
  })

  it('gives nothing for no frames', async () => {
    expect(await vocoder.synthesize({ data: new Float32Array(0), frames: 0, channels: 80 })).toHaveLength(0)
  })

  it.each([
    ['bands', { data: new Float32Array(79), frames: 1, channels: 79 }, {}, /mel: got 79 bands, expected 80/],
    [
      'NaN',
      { data: new Float32Array(80).fill(Number.NaN), frames: 1, channels: 80 },
      {},
      /mel frame 0, band 0: got NaN/,
    ],
    [
      'padding',
      { data: new Float32Array(160), frames: 2, channels: 80 },
      {},
      /frames 0 to 1 with 0 in every/,
    ],
    ['scale', log10(randomMel(30)), {}, /natural-log mels, .* convert/],
    ['seed', randomMel(2), { seed: 0.5 }, /seed: got 0.5/],
    ['temperature', randomMel(2), { temperature: -1 }, /temperature: got -1/],
    ['pitch', randomMel(2), { pitchSemitones: 99 }, /pitchSemitones: got 99/],
    ['F0', randomMel(2), { f0Hz: [100, -5] }, /f0Hz\[1\]: got -5/],
  ])('refuses wrong %s', async (_, mel, options, message) => {
    await expect(vocoder.synthesize(mel, options)).rejects.toThrow(message)
  })
})

describe('the exported model', () => {
  it('gives the samples of the vocoder in plain ONNX Runtime', async () => {
    const frames = 24
    const mel = randomMel(frames)
    const config = { ...tinyConfig, sharpen: 0.2 }
    const model = glowcastModel(config)
    const exported = standaloneOnnx(model, tinyWeights(), frames)
    const { InferenceSession, Tensor } = await loadOnnxRuntime()
    const session = await InferenceSession.create(exported.model)
    const outputs = await session.run({
      'in:mel': new Tensor('float32', mel.data, [1, frames, 80]),
      'in:noise': new Tensor('float32', samplePrior(3, 0, 2 * frames, 128, 1), [1, 2 * frames, 128]),
    })
    const sharpening = await Vocoder.create(engine, config, tinyWeights(), { chunkFrames: 16 })
    const whole = await sharpening.synthesize(mel, { seed: 3 })
    await sharpening.dispose()
    expect(outputs['out:waveform']!.dims).toEqual([1, frames * 256])
    const f0 = outputs['out:f0']!.data as Float32Array
    expect(f0.some((value) => value > 0)).toBe(true)
    // The pulse trains' phase is summed in float32 there, in float64 here.
    expect(maxDifference(outputs['out:waveform']!.data as Float32Array, whole)).toBeLessThan(
      2e-3 * peak(whole),
    )
    await session.release()
  })
})

describe('LikelihoodModel', () => {
  it('finds what the model itself makes likelier than noise of another level', async () => {
    const likelihood = await LikelihoodModel.create(engine, tinyConfig, tinyWeights())
    const waveform = await vocoder.synthesize(randomMel(40))
    const highest = peak(waveform)
    const scaled = waveform.map((value) => value / highest)
    const quiet = await likelihood.measure(scaled.map((value) => 0.05 * value))
    const loud = await likelihood.measure(scaled.map((value) => 0.9 * value))
    expect(quiet.samples).toBe(40 * 256)
    expect(quiet.bitsPerSample).toBeCloseTo(quiet.natsPerSample / Math.LN2 + 15, 10)
    expect(quiet.natsPerSample).toBeLessThan(loud.natsPerSample)
    await expect(likelihood.measure(new Float32Array(100))).rejects.toThrow(
      /100 samples, expected at least 256/,
    )
    await likelihood.dispose()
  })
})
