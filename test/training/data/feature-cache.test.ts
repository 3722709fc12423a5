import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { melPresets } from '../../../src/audio/mel/mel.js'
import { encodeWav } from '../../../src/audio/wav/wav.js'
import type { Recording } from '../../../src/training/data/dataset.js'
import { readCached, writeCached } from '../../../src/training/data/feature-cache.js'
import { prepareRecordings } from '../../../src/training/data/prepare.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-cache-'))
})
afterEach(() => rm(folder, { recursive: true }))

const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i))

describe('a cached analysis', () => {
  it('comes back as it was', async () => {
    const file = join(folder, 'a.f32')
    await writeCached(file, values)
    const damaged: string[] = []
    expect(await readCached(file, () => damaged.push(file))).toEqual(values)
    expect(await readCached(join(folder, 'none'), () => damaged.push('none'))).toBeUndefined()
    expect(damaged).toEqual([])
  })

  it.each([
    ['half', (bytes: Buffer) => bytes.subarray(0, 48 + 2000)],
    ['empty', (bytes: Buffer) => bytes.subarray(0, 0)],
    ['of odd size', (bytes: Buffer) => bytes.subarray(0, 1235)],
    ['of an older kind', (bytes: Buffer) => bytes.subarray(48)],
    [
      'altered',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 100), Buffer.from([1]), bytes.subarray(101)]),
    ],
    ['longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(4)])],
  ])('that is %s is not taken', async (_, change) => {
    const file = join(folder, 'a.f32')
    await writeCached(file, values)
    await writeFile(file, change(await readFile(file)))
    const damaged: string[] = []
    expect(await readCached(file, () => damaged.push(file))).toBeUndefined()
    expect(damaged).toEqual([file])
  })
})

describe('prepareRecordings', () => {
  const mel = melPresets['nvidia-22k']
  const recording = async (name: string): Promise<Recording> => {
    const path = join(folder, `${name}.wav`)
    const wave = Float32Array.from({ length: 11_025 }, (_, i) => 0.3 * Math.sin(i / 20))
    await writeFile(path, encodeWav({ sampleRate: 22_050, channels: [wave] }, { format: 'int16' }))
    return { path, name, split: 'training', phrase: 1 }
  }

  it('analyses anew what is damaged, says so, and loses no recording', async () => {
    const recordings = [await recording('a-1'), await recording('b-2')]
    const notices: string[] = []
    const options = {
      minimumFrames: 8,
      cacheFolder: join(folder, 'cache'),
      notice: (message: string) => notices.push(message),
    }
    const first = await prepareRecordings(recordings, mel, options)
    const [entry] = await readdir(options.cacheFolder)
    await writeFile(join(options.cacheFolder, entry!), '')
    const second = await prepareRecordings(recordings, mel, options)
    expect(second).toEqual(first)
    expect(notices).toEqual([expect.stringMatching(/\.f32 is damaged: .*wav is analysed anew/)])
    await prepareRecordings(recordings, mel, options)
    expect(notices).toHaveLength(1)
  })

  it('skips a recording that is gone, with its reason', async () => {
    const kept = await recording('a-1')
    const gone = { ...kept, path: join(folder, 'gone.wav') }
    const { skipped } = await prepareRecordings([kept, gone], mel, {
      minimumFrames: 8,
      cacheFolder: join(folder, 'cache'),
    })
    expect(skipped).toEqual([{ path: gone.path, reason: `${gone.path}: no such file or folder (ENOENT)` }])
  })

  it('takes a cache that cannot be written for no fault of a recording', async () => {
    const cacheFolder = join(folder, 'file')
    await writeFile(cacheFolder, '')
    await expect(
      prepareRecordings([await recording('a-1')], mel, { minimumFrames: 8, cacheFolder }),
    ).rejects.toMatchObject({ code: 'IO', field: cacheFolder })
  })
})
