import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { trainingConfigSchema } from '../../../src/training/config.js'
import { scanDataset } from '../../../src/training/data/dataset.js'

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

  it('follows links to files and folders, without loops, and takes nothing twice', async () => {
    const [data, other] = [join(folder, 'data'), join(folder, 'other')]
    await mkdir(join(data, 'deep'), { recursive: true })
    await mkdir(other)
    for (const path of ['data/a-0001.wav', 'data/deep/a-0002.wav', 'other/b-0003.wav', 'b-0004.wav']) {
      await writeFile(join(folder, path), '')
    }
    await symlink(other, join(data, 'linked'))
    await symlink(data, join(data, 'deep', 'loop'))
    await symlink(join(folder, 'b-0004.wav'), join(data, 'link-0004.wav'))
    await symlink('a-0001.wav', join(data, 'again-0001.wav'))
    await symlink('nowhere', join(data, 'dangling.wav'))
    const { recordings, skipped } = await scanDataset([data, other], split)
    const names = ['data/a-0001', 'data/deep/a-0002', 'data/link-0004', 'other/b-0003']
    expect(recordings.map(({ name }) => name)).toEqual(names)
    expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      [join(data, 'deep', 'loop')]: 'found before by another path',
      [join(data, 'linked')]: 'found before by another path',
      [join(data, 'again-0001.wav')]: 'found before by another path',
      [join(data, 'dangling.wav')]: expect.stringMatching(/^a link that leads to no file .*ENOENT/),
    })
  })

  it('skips names that are not UTF-8, folders that it writes and what is no audio, but no metadata', async () => {
    await mkdir(join(folder, 'run'))
    for (const name of ['a-0001.wav', 'run/step-1.wav', 'notes.doc', 'metadata.csv']) {
      await writeFile(join(folder, name), '')
    }
    // Not every file system takes such a name.
    const bad = Buffer.concat([Buffer.from(join(folder, 'Stra')), Buffer.from([0xdf]), Buffer.from('e.wav')])
    const hasBad = await writeFile(bad, '').then(
      () => true,
      () => false,
    )
    const { recordings, skipped } = await scanDataset([folder], split, [join(folder, 'run')])
    expect(recordings).toHaveLength(1)
    expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      ...(hasBad ? { [join(folder, 'Stra\ufffde.wav')]: 'a name that is not UTF-8; rename it' } : {}),
      [join(folder, 'run')]: 'a folder that this command writes',
      [join(folder, 'notes.doc')]: 'not one of .wav, .flac, .mp3, .ogg, .oga, .opus',
    })
  })
})
