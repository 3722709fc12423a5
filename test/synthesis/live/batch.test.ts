import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine/index.js'
import { glowcastModel } from '../../../src/models/glowcast/model.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { SynthesisBatch } from '../../../src/synthesis/live/batch.js'
import { samplesOf } from '../../../src/synthesis/live/batch-row.js'
import { Signal } from '../../../src/synthesis/signal.js'
import { Vocoder } from '../../../src/synthesis/vocoder.js'
import { largestError } from '../../audio/chunks.js'
import { createModelEngine } from '../../test-engine.js'
import { randomMel, tinyConfig, tinyWeights } from '../../tiny-model.js'

const model = glowcastModel(tinyConfig)
const weights = tinyWeights()
let engine: Engine
let batches: SynthesisBatch[]
let vocoder: Vocoder

beforeAll(async () => {
  engine = await createModelEngine()
  vocoder = await Vocoder.create(engine, tinyConfig, weights)
  const sizes = [
    { size: 1, frames: 2 },
    { size: 3, frames: 2 },
    { size: 2, frames: 7 },
  ]
  batches = await Promise.all(sizes.map((size) => SynthesisBatch.create(engine, model, weights, size)))
})

afterAll(() => Promise.all([vocoder, ...batches].map((part) => part.dispose())))

interface Run {
  readonly signal: Signal
  readonly mel: ReturnType<typeof randomMel>
  readonly samples: number[]
  pushed: number
}

function start(frames: number, seed: number): Run {
  return {
    signal: new Signal(model, batches[0]!.carryShapes, { seed }),
    mel: randomMel(frames),
    samples: [],
    pushed: 0,
  }
}

function pushSome({ signal, mel, pushed }: Run, count: number): number {
  const end = Math.min(mel.frames, pushed + count)
  signal.push({ data: mel.data.subarray(pushed * 80, end * 80), frames: end - pushed, channels: 80 })
  if (end === mel.frames) signal.end()
  return end
}

describe('SynthesisBatch', () => {
  it('gives each of several signals the samples that it has alone, however they are put together', async () => {
    const random = new RandomStream(4, 4)
    const runs = [40, 23, 61, 5, 1].map((frames, i) => start(frames, i))
    while (runs.some(({ signal }) => !signal.isDone)) {
      for (const run of runs) {
        if (run.pushed < run.mel.frames) run.pushed = pushSome(run, random.integer(9))
      }
      const batch = batches[random.integer(batches.length)]!
      const ready = runs.filter(({ signal }) => signal.ready(batch.frames)).slice(0, batch.size)
      if (ready.length === 0) continue
      const made = await batch.run(ready.map(({ signal }) => signal))
      ready.forEach(({ samples }, i) => {
        samples.push(...samplesOf(made[i]))
      })
    }
    for (const [i, { signal, mel, samples }] of runs.entries()) {
      samples.push(...signal.flush())
      expect(signal.flush()).toHaveLength(0)
      const whole = await vocoder.synthesize(mel, { seed: i })
      expect(samples).toHaveLength(whole.length)
      const peak = Math.max(...whole.map(Math.abs))
      // Matrix products of another size may sum in another order.
      expect(largestError(samples, whole)).toBeLessThan(1e-4 * peak)
    }
  })

  it('keeps signals apart when calls overlap', async () => {
    const make = async (seed: number) => {
      const { signal, mel } = start(20, seed)
      signal.push(mel)
      signal.end()
      const samples: number[] = []
      while (!signal.isDone) samples.push(...samplesOf((await batches[0]!.run([signal]))[0]))
      return [...samples, ...signal.flush()]
    }
    const together = await Promise.all([make(1), make(2), make(1)])
    expect(together[0]).toEqual(together[2])
    expect(together[0]).not.toEqual(together[1])
    expect(together[0]).toEqual(await make(1))
  })

  it('says how many mel frames it must have', () => {
    const { signal, mel } = start(40, 1)
    // The flow sees 3 frames ahead; F0 runs one frame ahead of it and is told by 3 more.
    for (let frame = 0; frame < 6; frame++) {
      expect(signal.ready(2)).toBe(false)
      signal.push({ data: mel.data.subarray(frame * 80, (frame + 1) * 80), frames: 1, channels: 80 })
    }
    expect(signal.ready(2)).toBe(true)
    expect(signal.ready(3)).toBe(false)
  })
})
