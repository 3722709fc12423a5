import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { encodeWav } from '../../../src/audio/wav/wav.js'
import { createEngine } from '../../../src/engine/index.js'
import { LikelihoodModel } from '../../../src/likelihood/likelihood.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { bundledModel } from '../../../src/package-root.js'
import type { Likelihood, ScoreAnswer, ScoreOptions } from '../../../src/web/index.js'
import { runCli } from '../../cli/memory-io.js'
import type { EnginePlace } from './place.js'
import { clip, encoded, preset } from './samples.js'

interface Wanted {
  /** Bytes of a file, as base64. */
  readonly file: string
  readonly options: ScoreOptions
}

/** Called in the page. */
async function scoreInPage({ file, options }: Wanted): Promise<{ answer: ScoreAnswer; shares: number[] }> {
  const bytes = Uint8Array.from(atob(file), (character) => character.charCodeAt(0))
  const shares: number[] = []
  const progress = (share: number) => shares.push(share)
  const answer = await window.vocoder.score(new File([bytes], 'speech'), { ...options, progress })
  return { answer, shares }
}

/** Called in the page: that a waveform of samples is taken too. */
async function likelihoodInPage(waveform: string): Promise<Likelihood> {
  const { buffer } = Uint8Array.from(atob(waveform), (character) => character.charCodeAt(0))
  return window.vocoder.likelihood(new Float32Array(buffer))
}

/** Telephone speech at the rate of wide-band telephones, with a click and a dropout. */
async function damagedSpeech(): Promise<Uint8Array> {
  const sampleRate = 16_000
  const samples = await loadMono(clip, sampleRate)
  samples[16_000] = 0.9
  samples.fill(0, 24_000, 25_500)
  return encodeWav({ sampleRate, channels: [samples] }, { format: 'int16' })
}

const shortSpeech = async () => (await loadMono(clip, preset.sampleRate)).slice(0, 10_000)

async function likelihoodOfNode(): Promise<Likelihood> {
  const { config, weights } = await loadGlowcastModel(bundledModel)
  const model = await LikelihoodModel.create(await createEngine('onnx', { threads: 1 }), config, weights)
  try {
    return await model.measure(await shortSpeech())
  } finally {
    await model.dispose()
  }
}

let answers: ReturnType<typeof askNode> | undefined
/** What the command line says; once for all engines. */
const answersOfNode = () => (answers ??= askNode())

async function askNode() {
  const folder = await mkdtemp(join(tmpdir(), 'glowcast-'))
  try {
    const path = join(folder, 'damaged.wav')
    await writeFile(path, await damagedSpeech())
    const score = async (...args: string[]) => {
      const { stdout } = await runCli(['score', '--json', '--threads', '1', ...args])
      return (JSON.parse(stdout) as [ScoreAnswer])[0]
    }
    return {
      damaged: await score(path),
      blocks: await score(clip, '--block-seconds', '1'),
      likelihood: await likelihoodOfNode(),
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Engines round logarithms otherwise. */
function rounded(value: object): unknown {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'number' ? +part.toPrecision(6) : part))
  return JSON.parse(text)
}

/** p-values are ranks: they are the same, while latents differ by the rounding of another runtime. */
function expectSame(got: ScoreAnswer, expected: ScoreAnswer): void {
  const { anomalies, blocks, bitsPerSample, natsPerSample, input, file, calibration, ...rest } = expected
  const { file: _, ...ranked } = calibration
  expect(got).toMatchObject({ ...rest, calibration: { ...ranked, file: 'calibration.json' } })
  expect(got.bitsPerSample).toBeCloseTo(bitsPerSample!, 3)
  const shown = { anomalies: got.anomalies, blocks: got.blocks, input: got.input }
  expect(rounded(shown)).toEqual(rounded({ anomalies, blocks, input }))
}

/** The scorer without a server, in the worker that speaks. */
export function testScoreInPage({ tab }: EnginePlace): void {
  it('gives a damaged recording the verdict that Node gives, with its places', async () => {
    const file = Buffer.from(await damagedSpeech()).toString('base64')
    const { damaged } = await answersOfNode()
    const { answer, shares } = await tab().evaluate(scoreInPage, { file, options: {} })
    expect(damaged).toMatchObject({ decision: 'reject', groupChoice: { group: 'wide-band' } })
    expect(damaged.anomalies.length).toBeGreaterThan(0)
    expectSame(answer, damaged)
    expect(shares.at(-1)).toBeCloseTo(1, 3)
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  })

  it('ranks the blocks of a compressed recording as Node does', async () => {
    const file = (await readFile(clip)).toString('base64')
    const { blocks } = await answersOfNode()
    const { answer } = await tab().evaluate(scoreInPage, { file, options: { blockSeconds: 1 } })
    expect(blocks.blocks!.length).toBeGreaterThan(2)
    expectSame(answer, blocks)
  })

  it('gives the likelihood that Node gives', async () => {
    const { likelihood: expected } = await answersOfNode()
    const got = await tab().evaluate(likelihoodInPage, encoded(await shortSpeech()))
    expect(got.samples).toBe(expected.samples)
    expect(got.bitsPerSample).toBeCloseTo(expected.bitsPerSample, 3)
  })

  it('refuses what it cannot score with, and tells of recordings that it cannot read', async () => {
    const refused = (options: ScoreOptions) => tab().evaluate(scoreInPage, { file: '', options })
    await expect(refused({ group: 'none' })).rejects.toThrow('group: got "none", expected one of ')
    await expect(refused({ falseAlarmRate: 2 })).rejects.toThrow('options: falseAlarmRate: got 2, expected ')
    await expect(refused({ calibration: '/none.json' })).rejects.toThrow(
      '/none.json: got status 404, expected a file',
    )
    const { answer } = await refused({})
    expect(answer).toMatchObject({
      file: 'speech',
      pValue: null,
      decision: 'reject',
      error: { code: 'INVALID_AUDIO' },
      calibration: { file: 'calibration.json', group: 'auto' },
    })
    const none = () => window.vocoder.score({} as Blob)
    await expect(tab().evaluate(none, null)).rejects.toThrow(
      'recording: got object, expected a Blob, or { sampleRate, channels: Float32Array[] }',
    )
  })
}
