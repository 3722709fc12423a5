import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadMono, removeDc } from '../../../src/audio/files/audio-file.js'
import { melPresets } from '../../../src/audio/mel/mel.js'
import { createEngine, type Engine } from '../../../src/engine/index.js'
import { LikelihoodModel, liveChunkFrames } from '../../../src/likelihood/likelihood.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { bundledModel } from '../../../src/package-root.js'
import { DcRemover } from '../../../src/scoring/recording/dc-remover.js'
import {
  type FrameMap,
  LiveScorer,
  liveDelaySeconds,
  surpriseBands,
} from '../../../src/scoring/texture/live-scorer.js'
import { sungVowel } from '../../audio/voice-signals.js'
import { tinyConfig, tinyWeights } from '../../tiny-model.js'
import { noise } from '../signals.js'

const { sampleRate, hopLength } = melPresets['nvidia-22k']
let engine: Engine
let tiny: LikelihoodModel

beforeAll(async () => {
  engine = await createEngine('onnx', { threads: 1 })
  tiny = await LikelihoodModel.create(engine, tinyConfig, tinyWeights(), { chunkFrames: liveChunkFrames })
})
afterAll(() => tiny.dispose())

/** Pushes pieces of the lengths that `next` gives, and joins what comes. */
async function scored(scorer: LiveScorer, waveform: Float32Array, next: () => number): Promise<FrameMap> {
  const maps: FrameMap[] = []
  for (let from = 0; from < waveform.length; ) {
    const piece = waveform.subarray(from, from + next())
    maps.push(...(await scorer.push(piece)))
    from += piece.length
  }
  maps.push(...(await scorer.flush()))
  let frame = 0
  for (const map of maps) {
    expect(map.frame).toBe(frame)
    frame += map.surprise.length
  }
  return {
    frame: 0,
    surprise: maps.flatMap(({ surprise }) => surprise),
    bandSurprise: maps.flatMap(({ bandSurprise }) => bandSurprise),
    natsPerSample: maps.flatMap(({ natsPerSample }) => natsPerSample),
    levelDb: maps.flatMap(({ levelDb }) => levelDb),
  }
}

function voice(seconds: number, rate: number): Float32Array {
  const { waveform } = sungVowel(seconds * rate, rate, (t) => 150 + 30 * Math.sin(5 * t))
  const hiss = noise(waveform.length, 0.01)
  // Voiced and unvoiced by turns.
  return waveform.map((sample, i) => (Math.floor((3 * i) / rate) % 2 === 0 ? 0.3 * sample : 0) + hiss[i]!)
}

describe('a live scorer', () => {
  it.each([sampleRate, 8000, 48_000])('gives the same values however %i Hz are cut', async (rate) => {
    const waveform = voice(1.3, rate)
    const whole = await scored(new LiveScorer(tiny, rate), waveform, () => waveform.length)
    const random = new RandomStream(8, rate)
    const pieces = await scored(
      new LiveScorer(tiny, rate),
      waveform,
      () => 1 + random.integer(random.integer(5000) + 1),
    )
    expect(pieces).toEqual(whole)
    expect(whole.surprise).toHaveLength(
      Math.floor(Math.round((waveform.length * sampleRate) / rate) / hopLength),
    )
  })

  it('keeps the delay that it declares, and less than 0.2 s', async () => {
    for (const rate of [sampleRate, 8000, 44_100]) {
      const delay = await liveDelaySeconds(tiny, rate)
      expect(delay).toBeLessThan(0.2)
      const scorer = new LiveScorer(tiny, rate)
      const waveform = voice(1, rate)
      const step = Math.round(rate / 1000)
      for (let from = 0; from < waveform.length; from += step) {
        for (const { frame } of await scorer.push(waveform.subarray(from, from + step))) {
          const waited = (from + step) / rate - (frame * hopLength) / sampleRate
          // Two steps of a millisecond: one of this test, one of the resampler's phase.
          expect(waited).toBeLessThanOrEqual(delay + 0.002)
        }
      }
    }
  })

  it('tells the surprise of a frame by bands too, whose mean it is, and where a tone is', async () => {
    const waveform = voice(1, sampleRate)
    // In the fourth band from below, 4.1 to 5.5 kHz.
    for (let i = 0; i < waveform.length; i++)
      waveform[i]! += 0.3 * Math.sin((2 * Math.PI * 4800 * i) / sampleRate)
    const { surprise, bandSurprise } = await scored(new LiveScorer(tiny, sampleRate), waveform, () => 700)
    expect(bandSurprise).toHaveLength(surprise.length * surpriseBands)
    const rows = surprise.map((_, t) => bandSurprise.slice(t * surpriseBands, (t + 1) * surpriseBands))
    for (const [t, row] of rows.entries()) {
      const mean = row.reduce((sum, value) => sum + value, 0) / surpriseBands
      // Sums of 32-bit floats in another order.
      expect(Math.abs(mean - surprise[t]!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(mean)))
    }
    const middle = rows[40]!
    expect(middle.indexOf(Math.max(...middle))).toBe(3)
  })

  it('tells levels in dB full scale, and silence at the floor', async () => {
    const waveform = new Float32Array(40 * hopLength)
    for (let i = 20 * hopLength; i < waveform.length; i++) waveform[i] = i % 2 === 0 ? 0.1 : -0.1
    const { levelDb } = await scored(new LiveScorer(tiny, sampleRate), waveform, () => 500)
    expect(levelDb[5]).toBe(-120)
    expect(levelDb[30]).toBeCloseTo(-20, 3)
  })

  it('refuses samples that are no numbers', async () => {
    await expect(new LiveScorer(tiny, 8000).push(new Float32Array(9).fill(Number.NaN))).rejects.toMatchObject(
      {
        code: 'NON_FINITE',
      },
    )
  })

  it('differs from the whole recording by what the pitch phase hears less of the future', async () => {
    const { config, weights } = await loadGlowcastModel(bundledModel)
    const [live, offline] = [
      await LikelihoodModel.create(engine, config, weights, { chunkFrames: liveChunkFrames }),
      await LikelihoodModel.create(engine, config, weights),
    ]
    const speech = await loadMono(join('test', 'fixtures', 'audio', 'speech.flac'), sampleRate)
    const { frameNatsPerSample } = await offline.measure(removeDc(speech))
    const { natsPerSample } = await scored(new LiveScorer(live, sampleRate), speech, () => 400)
    expect(natsPerSample).toHaveLength(frameNatsPerSample.length)
    // The running mean needs half a second to find this recording's offset.
    const settled = Math.ceil((0.5 * sampleRate) / hopLength)
    const differences = natsPerSample.map((nats, t) => Math.abs(nats - frameNatsPerSample[t]!)).slice(settled)
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length
    // 0.11 here: the flow relies on the phase. Frames spread over some 3 nats.
    expect(mean).toBeLessThan(0.2)
    await Promise.all([live.dispose(), offline.dispose()])
  })
})

describe('the running mean', () => {
  it('takes a constant away within seconds, and leaves what has none', () => {
    const offset = new DcRemover(1000)
    const left = offset.remove(new Float32Array(60_000).fill(0.5))
    expect(Math.abs(left[0]!)).toBeGreaterThan(0.4)
    expect(Math.abs(left.at(-1)!)).toBeLessThan(0.001)
    const waveform = noise(5000, 0.1)
    const same = new DcRemover(1000).remove(waveform)
    const removed = same.map((sample, i) => Math.abs(sample - waveform[i]!)).subarray(1000)
    // The mean of 1000 and more samples of that noise: 0.1 / √1000, four deviations.
    expect(Math.max(...removed)).toBeLessThan(0.013)
  })
})
