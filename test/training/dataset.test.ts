import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { trainingConfigSchema } from '../../src/training/config.js'
import { scanDataset } from '../../src/training/dataset.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-data-'))
})
afterEach(() => rm(folder, { recursive: true }))

const { phraseNumber, validationPhrases, judgingPhrases } = trainingConfigSchema.shape
const split = {
  phraseNumber: phraseNumber.parse(undefined),
  validationPhrases: validationPhrases.parse(undefined),
  judgingPhrases: judgingPhrases.parse(undefined),
}

describe('scanDataset', () => {
  it('finds recordings at any depth and splits them by phrase number', async () => {
    await mkdir(join(folder, 'deep', 'deeper'), { recursive: true })
    for (const name of ['a-0001.wav', 'deep/a-0007.flac', 'deep/deeper/a-0033.ogg']) {
      await writeFile(join(folder, name), '')
    }
    const { recordings, skipped } = await scanDataset([folder], split)
    expect(recordings.map((recording) => recording.split)).toEqual(['training', 'validation', 'judging'])
    expect(skipped).toEqual([])
  })

  it('says what it skips: links to files and folders, and what is no audio, but no metadata', async () => {
    await mkdir(join(folder, 'elsewhere'))
    for (const name of ['a-0001.wav', 'elsewhere/a-0002.wav', 'notes.doc', 'metadata.csv']) {
      await writeFile(join(folder, name), '')
    }
    await symlink(join(folder, 'a-0001.wav'), join(folder, 'link-0003.wav'))
    await symlink(join(folder, 'elsewhere'), join(folder, 'linked'))
    const { recordings, skipped } = await scanDataset([folder], split)
    expect(recordings).toHaveLength(2)
    expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      [join(folder, 'link-0003.wav')]: 'a symbolic link, which is not followed',
      [join(folder, 'linked')]: 'a symbolic link, which is not followed',
      [join(folder, 'notes.doc')]: 'not one of .wav, .flac, .mp3, .ogg, .oga, .opus',
    })
  })
})
