import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { openAudioSource } from '../../../src/audio/files/audio-source.js'
import { withFileWarnings } from '../../../src/audio/files/file-warnings.js'
import { mp3Declared } from '../../../src/audio/files/mpeg-frames.js'
import { memoryInput } from '../../../src/io/byte-file.js'
import { chunk, fmt, riff } from '../wav/wav-bytes.js'

async function codesOf(bytes: Uint8Array): Promise<string[]> {
  const codes: string[] = []
  const source = await openAudioSource(memoryInput(bytes, 'x'))
  for await (const _ of withFileWarnings(source, ({ code }) => codes.push(code)).blocks());
  return codes
}

const fixture = (name: string) =>
  readFile(fileURLToPath(new URL(`../../fixtures/audio/${name}`, import.meta.url)))

it.each(['speech.ogg', 'speech.opus'])('a cut %s is told of, a whole one is not', async (name) => {
  const bytes = await fixture(name)
  expect(await codesOf(bytes)).toEqual([])
  expect(await codesOf(bytes.subarray(0, 0.6 * bytes.length))).toEqual(['TRUNCATED'])
  expect(await codesOf(Buffer.concat([bytes, bytes.subarray(0, 0.6 * bytes.length)]))).toEqual(['TRUNCATED'])
})

it('the count of an MP3 file is read from its first frame', () => {
  // MPEG 2, layer III, mono: the count lies behind 9 bytes of side information.
  const frame = Buffer.alloc(64)
  frame.set([0xff, 0xf3, 0x40, 0xc0])
  frame.write('Info', 13, 'latin1')
  frame.set([0, 0, 0, 3, 0, 0, 0, 10, 0, 0, 8, 0], 17)
  expect(mp3Declared(frame)).toEqual({ samples: 5760, bytes: 2048 })
  frame[20] = 1
  expect(mp3Declared(frame)).toBeUndefined()
})

it('channels that cancel, and samples that are missing, are told of', async () => {
  const wave = Int16Array.from(
    { length: 2000 },
    (_, i) => (i % 2 ? -1 : 1) * 5000 * Math.sin(0.03 * (i >> 1)),
  )
  const body = new Uint8Array(wave.buffer)
  const bytes = riff(fmt({ channels: 2 }), chunk('data', body))
  expect(await codesOf(bytes)).toEqual(['CHANNELS_CANCEL'])
  expect(await codesOf(bytes.subarray(0, -400))).toEqual(['CHANNELS_CANCEL', 'TRUNCATED'])
  expect(await codesOf(riff(fmt({}), chunk('data', body)))).toEqual([])
})
