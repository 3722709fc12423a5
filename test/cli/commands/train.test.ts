import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluate } from '../../../src/cli/commands/evaluate.js'
import { train } from '../../../src/cli/commands/train.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { tinyConfig } from '../../tiny-model.js'

const speech = fileURLToPath(new URL('../../fixtures/audio/speech.flac', import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-train-cli-'))
  await mkdir(join(folder, 'data'))
  // Phrase 7 is for validation, 13 for judging.
  for (const name of ['voice-0001', 'voice-0002', 'voice-0007', 'voice-0013']) {
    await copyFile(speech, join(folder, 'data', `${name}.flac`))
  }
  await writeFile(join(folder, 'data', 'broken.wav'), 'no audio')
  const config = {
    model: tinyConfig,
    batchSize: 2,
    cropFrames: 16,
    validationCrops: 2,
    validateEverySteps: 4,
    checkpointEverySteps: 4,
    sampleFiles: 1,
    phases: [
      { steps: 4, learningRate: 1e-3 },
      { steps: 2, learningRate: 1e-3, spectralEnergy: 1, melConsistency: 1 },
    ],
  }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
})
afterAll(() => rm(folder, { recursive: true }))

describe('glowcast train and evaluate', () => {
  it('turn recordings into a model, samples, a curve and a report', async () => {
    const out = join(folder, 'run')
    await train({
      data: [join(folder, 'data')],
      config: join(folder, 'config.json'),
      out,
      engine: 'onnx',
      threads: 1,
    })
    expect((await readdir(join(out, 'samples'))).sort()).toEqual(['step-4-0.wav', 'step-6-0.wav'])
    // So few steps are validated and not logged: there is no gradient to show.
    expect(await readFile(join(out, 'loss.svg'), 'utf8')).toMatch(
      /<svg[\s\S]*Bits per sample[\s\S]*Spectral energy distance[\s\S]*Log-mel L1[\s\S]*Loss of the pitch/,
    )
    const log = (await readFile(join(out, 'log.jsonl'), 'utf8')).trim().split('\n')
    const validations = log.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'validation')
    expect(validations.map(({ step }) => step)).toEqual([4, 6])
    expect(validations.every(({ bitsPerSample }) => Number.isFinite(bitsPerSample))).toBe(true)
    const { weights } = await loadGlowcastModel(join(out, 'model'))
    expect(Object.values(weights).every(({ data }) => data.every(Number.isFinite))).toBe(true)
    expect(await readFile(join(out, 'model', 'README.md'), 'utf8')).toMatch(/6 steps of 2 crops/)

    const report = join(folder, 'report')
    await evaluate({
      data: [join(folder, 'data')],
      split: 'judging',
      model: join(out, 'model'),
      engine: 'onnx',
      threads: 1,
      seed: 0,
      pitch: 0,
      report,
      reportItems: 1,
      damage: 'none',
      json: true,
    })
    expect(await readFile(join(report, 'index.html'), 'utf8')).toMatch(/voice-0013[\s\S]*<audio/)
    expect(await readdir(join(report, 'img'))).toHaveLength(2)
  })
})
