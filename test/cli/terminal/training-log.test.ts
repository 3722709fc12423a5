import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TrainingLog } from '../../../src/cli/terminal/training-log.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-log-'))
})
afterEach(() => rm(folder, { recursive: true }))

const figures = { total: 1, nll: 1, sed: 0.5, melL1: 0.25, pitch: 0, gradientNorm: 2 }
const path = () => join(folder, 'log.jsonl')

async function logged(): Promise<void> {
  const log = new TrainingLog(folder)
  await log.resumeAt(0, () => undefined)
  for (const step of [25, 50, 75]) log.add('training', step, figures)
  await log.flush()
}

describe('TrainingLog', () => {
  it.each([
    ['a torn last line', async () => truncate(path(), (await readFile(path())).length - 20), [25, 50]],
    [
      'a tail of zeros, as a loss of power leaves it',
      () => appendFile(path(), Buffer.alloc(512)),
      [25, 50, 75],
    ],
    ['what is no line of a log', () => appendFile(path(), '7\n{"kind":"training"}\n'), [25, 50, 75]],
  ])('drops %s, says so and goes on', async (_, damage, steps) => {
    await logged()
    await damage()
    const notices: string[] = []
    const log = new TrainingLog(folder)
    await log.resumeAt(75, (message) => notices.push(message))
    expect(notices).toEqual([
      expect.stringMatching(/log\.jsonl: \d of \d lines cannot be read and are dropped/),
    ])
    log.add('training', 100, figures)
    await log.flush()
    const lines = (await readFile(path(), 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).step)).toEqual([...steps, 100])
  })

  it('starts anew where there is no log, or the run starts', async () => {
    const log = new TrainingLog(folder)
    await log.resumeAt(50, () => expect.unreachable())
    await writeFile(path(), 'of another run')
    await log.resumeAt(0, () => expect.unreachable())
    expect(await readFile(path(), 'utf8')).toBe('')
  })
})
