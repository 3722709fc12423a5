import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { logMel, melPresets } from '../../src/audio/mel/mel.js'
import type { Engine } from '../../src/engine/index.js'
import { fillNormal } from '../../src/numeric/random.js'
import { parseTrainingConfig, type TrainingConfig } from '../../src/training/config.js'
import type { Features } from '../../src/training/data/features.js'
import { learningRateAt, phaseAt, totalSteps } from '../../src/training/schedule.js'
import { Trainer } from '../../src/training/trainer.js'
import { createModelEngine } from '../test-engine.js'
import { tinyConfig } from '../tiny-model.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-train-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A steady buzz at 147 Hz in a little noise, as analysed recordings are. */
function buzz(name: string, frames: number): Features {
  const samples = frames * 256
  const slope = 147 / 22_050
  const noise = new Float32Array(samples)
  fillNormal(noise, 1, name.length, 0)
  const waveform = noise.map((value, i) => 0.002 * value + 0.05 * Math.sin(2 * Math.PI * slope * i))
  return {
    name,
    frames,
    waveform,
    phase: Float32Array.from({ length: samples }, (_, i) => (slope * i) % 1),
    logMel: logMel(waveform, melPresets['nvidia-22k']).data,
    f0Hz: new Float32Array(frames).fill(147),
    bandwidthHz: 11_025,
  }
}

function configOf(changes: object): TrainingConfig {
  return parseTrainingConfig(
    {
      model: {
        ...tinyConfig,
        context: { channels: 8, outputChannels: 8, kernelSizes: [3, 5] },
        // A step of each kind: compiling them takes most of the time.
        flow: tinyConfig.flow.slice(0, 3),
      },
      batchSize: 2,
      cropFrames: 16,
      warmupSteps: 4,
      validationCrops: 2,
      validateEverySteps: 1000,
      checkpointEverySteps: 4,
      sampleFiles: 0,
      phases: [{ steps: 12, learningRate: 2e-3 }],
      ...changes,
    },
    'test',
  )
}

async function losses(
  engine: Engine,
  config: TrainingConfig,
  stopAt = Number.POSITIVE_INFINITY,
): Promise<number[]> {
  const seen: number[] = []
  const trainer = await Trainer.open({
    engine,
    config,
    folder,
    training: [buzz('a', 40), buzz('bb', 60)],
    validation: [buzz('ccc', 40)],
    events: {
      step(step, { total }) {
        seen.push(total)
        if (step === stopAt) throw new Error('killed')
      },
    },
  })
  await trainer.run()
  return seen
}

describe('Trainer', () => {
  it('lowers the loss, and resumes from a checkpoint with the same losses', async () => {
    const engine = await createModelEngine()
    const config = configOf({})
    const whole = await losses(engine, config)
    expect(whole).toHaveLength(12)
    expect(whole.at(-1)!).toBeLessThan(whole[0]!)
    await rm(join(folder, 'checkpoint.safetensors'))
    // Killed after step 6: the last checkpoint is that of step 4.
    await expect(losses(engine, config, 6)).rejects.toThrow('killed')
    expect(await losses(engine, config)).toEqual(whole.slice(4))
  })

  it('trains the pitch network alone when the loss is of nothing else', async () => {
    const engine = await createModelEngine()
    const seen: number[] = []
    const trainer = await Trainer.open({
      engine,
      config: configOf({ phases: [{ steps: 4, learningRate: 0.01, likelihood: 0 }] }),
      folder,
      training: [buzz('a', 40)],
      validation: [],
      events: { step: (_, { pitch }) => seen.push(pitch) },
    })
    const before = structuredClone(trainer.weights())
    await trainer.run()
    const changed = Object.entries(trainer.weights())
      .filter(([name, { data }]) => data.some((value, i) => value !== before[name]!.data[i]))
      .map(([name]) => name)
    expect(changed.length).toBeGreaterThan(0)
    expect(changed.every((name) => name.startsWith('pitch.'))).toBe(true)
    expect(seen).toHaveLength(4)
  })

  it('trains all terms of the objective', async () => {
    const engine = await createModelEngine()
    const phases = [{ steps: 3, learningRate: 1e-3, spectralEnergy: 1, melConsistency: 3 }]
    const config = configOf({ phases, validateEverySteps: 3 })
    const validations: number[] = []
    const trainer = await Trainer.open({
      engine,
      config,
      folder,
      training: [buzz('a', 40)],
      validation: [buzz('bb', 40)],
      events: {
        step: (_, figures) => {
          expect(figures.sed).toBeGreaterThan(0)
          expect(figures.melL1).toBeGreaterThan(0)
        },
        validation: (_, { nll, sed, melL1 }) => void validations.push(nll, sed, melL1),
      },
    })
    await trainer.run()
    expect(validations).toHaveLength(3)
    expect(validations.every(Number.isFinite)).toBe(true)
  })

  it('skips bad steps, goes back to the checkpoint, and gives up with a clear error', async () => {
    const engine = await createModelEngine()
    const poisoned: Engine = {
      ...engine,
      async compile(...args) {
        const compiled = await engine.compile(...args)
        let calls = 0
        return {
          ...compiled,
          async run(feeds, into) {
            calls += 1
            const outputs = await compiled.run(feeds, into)
            if (calls > 5) outputs['figures']!.fill(Number.NaN)
            return outputs
          },
        }
      },
    }
    const notices: string[] = []
    const trainer = await Trainer.open({
      engine: poisoned,
      config: configOf({}),
      folder,
      training: [buzz('a', 40)],
      validation: [],
      events: { notice: (message) => void notices.push(message) },
    })
    await expect(trainer.run()).rejects.toThrow(/no finite loss after 5 returns/)
    expect(notices[0]).toMatch(/step 6 is skipped: loss NaN/)
    expect(notices[2]).toMatch(/back to step 4 at 0.5 of the rate/)
  })

  it('refuses a checkpoint of another config', async () => {
    const engine = await createModelEngine()
    await losses(engine, configOf({ phases: [{ steps: 4, learningRate: 1e-3 }] }))
    await expect(losses(engine, configOf({ seed: 2 }))).rejects.toThrow(/a checkpoint of another config/)
    expect((await readFile(join(folder, 'checkpoint.safetensors'))).length).toBeGreaterThan(1000)
  })
})

describe('the schedule', () => {
  const config = configOf({
    warmupSteps: 10,
    phases: [
      { steps: 100, learningRate: 1 },
      { steps: 50, learningRate: 0.1 },
    ],
  })

  it('warms up, holds and decays in each phase', () => {
    expect(totalSteps(config)).toBe(150)
    expect(phaseAt(config, 100)).toMatchObject({ index: 0, stepInPhase: 100 })
    expect(phaseAt(config, 101)).toMatchObject({ index: 1, stepInPhase: 1 })
    expect(learningRateAt(config, 5)).toBeCloseTo(0.5, 10)
    expect(learningRateAt(config, 60)).toBe(1)
    expect(learningRateAt(config, 100)).toBeCloseTo(0.05, 10)
    expect(learningRateAt(config, 101)).toBeCloseTo(0.01, 10)
  })
})

describe('the training config', () => {
  it.each([
    [{ batchSize: 0 }, /batchSize: got 0/],
    [{ phases: [] }, /phases/],
    [{ stpes: 3 }, /stpes: got an unknown key/],
    [
      { model: { ...tinyConfig, groupSize: 100 } },
      /model.groupSize: got 100, expected must be a power of two/,
    ],
  ])('refuses %o', (changes, message) => {
    expect(() => configOf(changes)).toThrow(message)
  })
})
