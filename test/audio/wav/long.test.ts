import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWavReader } from '../../../src/audio/wav/reader.js'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { chunk, fmt, riff } from './wav-bytes.js'

const GiB = 2 ** 30
const body = Uint8Array.of(1, 0, 2, 0, 3, 0, 4, 0)
const four = [Float32Array.from([1, 2, 3, 4], (value) => value / 32_768)]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-long-wav-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The chunk that tells 64-bit sizes: of the file, of its data, of its samples, and an empty table. */
function ds64(dataBytes: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(28))
  view.setBigUint64(8, dataBytes, true)
  return chunk('ds64', new Uint8Array(view.buffer))
}

/** As RIFF, with another name and an open outer size. */
function renamed(name: string, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy.set([...new TextEncoder().encode(name), 0xff, 0xff, 0xff, 0xff])
  return copy
}

/** A file of this header and so many zeros, which take no place on the disk. */
async function sparse(name: string, header: Uint8Array, dataBytes: number): Promise<string> {
  const path = join(folder, name)
  const file = await open(path, 'w')
  await file.write(header)
  await file.truncate(header.length + dataBytes)
  await file.close()
  return path
}

async function samplesOf(path: string): Promise<number> {
  const reader = await openWavReader(path)
  expect((await reader.read(10))![0]).toHaveLength(10)
  await reader.close()
  return reader.samples
}

describe('RF64 and BW64', () => {
  it.each(['RF64', 'BW64'])(
    '%s: the size comes from ds64, and what follows the data is no sample',
    (name) => {
      const list = chunk('LIST', Uint8Array.of(9, 9, 9, 9))
      const bytes = renamed(name, riff(ds64(8n), fmt({}), chunk('data', body, 0xffffffff), list))
      expect(decodeWav(bytes).channels).toEqual(four)
    },
  )

  it('takes what is there where the writer did not come back, or the size is too large', () => {
    for (const size of [0n, 2n ** 64n - 1n, 1000n]) {
      const bytes = renamed('RF64', riff(ds64(size), fmt({}), chunk('data', body, 0xffffffff)))
      expect(decodeWav(bytes).channels).toEqual(four)
    }
  })

  it('refuses a ds64 chunk that is cut', () => {
    const bytes = renamed('RF64', riff(chunk('ds64', new Uint8Array(8)), fmt({}), chunk('data', body)))
    expect(() => decodeWav(bytes, 'song')).toThrow('song: got 8 bytes of ds64, expected a whole ds64 chunk')
  })

  it('reads files of more than 4 GiB', async () => {
    const header = renamed('RF64', riff(ds64(BigInt(5 * GiB)), fmt({}), chunk('data', body, 0xffffffff)))
    expect(await samplesOf(await sparse('rf64.wav', header.subarray(0, -8), 5 * GiB))).toBe((5 * GiB) / 2)
  })
})

describe('RIFF files of more than 4 GiB', () => {
  const header = (size: number) => riff(fmt({}), chunk('data', body, size)).subarray(0, -8)

  it('are read to their end where the size is left open', async () => {
    expect(await samplesOf(await sparse('open.wav', header(0xffffffff), 5 * GiB + 1))).toBe((5 * GiB) / 2)
  })

  it('are read to their end where the size is the lower 32 bits', async () => {
    expect(await samplesOf(await sparse('wrapped.wav', header(GiB), 5 * GiB))).toBe((5 * GiB) / 2)
  })

  it('are refused where the header says something else', async () => {
    const path = await sparse('other.wav', header(1000), 5 * GiB)
    await expect(openWavReader(path)).rejects.toMatchObject({
      code: 'INVALID_AUDIO',
      message: `${path}: got a header that tells of 1000 bytes of samples before ${5 * GiB} bytes, expected RF64 for more than 4 GiB`,
    })
  })
})

describe('headers that ask for very much', () => {
  it('more channels than anybody has', () => {
    const bytes = riff(fmt({ channels: 257 }), chunk('data', new Uint8Array(514)))
    expect(() => decodeWav(bytes)).toThrow('got 257 channels, expected 1 to 256')
  })
})
