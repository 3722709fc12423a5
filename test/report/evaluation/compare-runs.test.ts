import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compareRuns } from '../../../src/report/evaluation/compare-runs.js'
import { comparisonHtml } from '../../../src/report/evaluation/comparison-html.js'
import { type EvaluationRun, evaluationFile, loadEvaluationRun } from '../../../src/report/evaluation/run.js'
import { pairFigures } from '../../evaluation/pair-figures.js'

function runOf(values: Readonly<Record<string, number>>, given: Partial<EvaluationRun> = {}): EvaluationRun {
  return {
    version: 1,
    model: { folder: 'voice', hash: 'abc' },
    settings: { damage: 'none', seed: 0, temperature: 1 },
    sampleRate: 22_050,
    files: Object.entries(values).map(([name, logMelL1]) => {
      const { bandErrors: _, seconds, ...figures } = pairFigures({ logMelL1, f0ErrorCents: null })
      return { name, seconds, figures, bitsPerSample: 7 }
    }),
    ...given,
  }
}

const other = runOf({ a: 0.3, b: 0.5, c: 0.4, gone: 9 })

describe('compareRuns', () => {
  it('averages the differences of the files of both runs', () => {
    const { files, onlyHere, onlyOther, figures } = compareRuns(
      runOf({ a: 0.2, b: 0.4, c: 0.3, new: 5 }),
      other,
    )
    expect({ files, onlyHere, onlyOther }).toEqual({ files: 3, onlyHere: 1, onlyOther: 1 })
    const { here, other: there, difference, change } = figures.find(({ name }) => name === 'logMelL1')!
    expect(here).toBeCloseTo(0.3, 12)
    expect(there).toBeCloseTo(0.4, 12)
    expect(difference.mean).toBeCloseTo(-0.1, 12)
    expect(change).toBe('better')
  })

  it.each([
    ['worse where all are', { a: 0.4, b: 0.6, c: 0.5 }, 'worse'],
    ['no difference where some are better and some worse', { a: 0.2, b: 0.6, c: 0.4 }, 'no difference'],
    ['no difference of one file, which has no interval', { a: 0.1 }, 'no difference'],
  ])('says %s', (_, values, change) => {
    const { figures } = compareRuns(runOf(values), other)
    expect(figures.find(({ name }) => name === 'logMelL1')!.change).toBe(change)
  })

  it('leaves a figure out that no file has, and judges none that has no better', () => {
    const { figures } = compareRuns(runOf({ a: 0.2, b: 0.4 }), other)
    expect(figures.map(({ name }) => name)).not.toContain('f0ErrorCents')
    expect(figures.find(({ name }) => name === 'pitchLagCorrelation')!.change).toBe('not judged')
  })

  it('names settings that differ', () => {
    const settings = { damage: 'none', seed: 0, temperature: 0.5 }
    const { settings: differing } = compareRuns(runOf({ a: 0.2 }, { settings }), other)
    expect(differing).toEqual([['temperature', '1', '0.5']])
  })

  it('refuses runs that share no file', () => {
    expect(() => compareRuns(runOf({ x: 1 }), other)).toThrow(
      expect.objectContaining({ code: 'INVALID_RUN', message: expect.stringContaining('such as a') }),
    )
  })

  it('escapes what the other run calls itself', () => {
    const run = runOf({ a: 0.2 })
    const html = comparisonHtml(
      compareRuns(run, { ...other, model: { folder: '<script>alert(1)</script>' } }),
    )
    expect(html).not.toContain('<script>')
    expect(html).toContain('&lt;script&gt;')
  })
})

describe('loadEvaluationRun', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glowcast-run-'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const write = (text: string) => writeFile(join(folder, evaluationFile), text)

  it('reads what a report wrote', async () => {
    await write(JSON.stringify(other))
    expect(await loadEvaluationRun(folder)).toEqual(other)
  })

  it('says which folder has none', async () => {
    await expect(loadEvaluationRun(folder)).rejects.toMatchObject({
      code: 'IO',
      field: join(folder, evaluationFile),
    })
  })

  it.each([
    ['no JSON', '{', 'no JSON'],
    ['another version', JSON.stringify({ ...other, version: 2 }), 'version: got 2, expected 1'],
    ['no files', JSON.stringify({ ...other, files: [] }), 'files: got []'],
    [
      'a sound outside its folder',
      JSON.stringify({ ...other, files: [{ ...other.files[0], sound: 'audio/../../secret.wav' }] }),
      'files.0.sound: got "audio/../../secret.wav"',
    ],
  ])('refuses %s', async (_, text, words) => {
    await write(text)
    await expect(loadEvaluationRun(folder)).rejects.toMatchObject({
      code: 'INVALID_RUN',
      message: expect.stringContaining(words),
    })
  })
})
