import { describe, expect, it } from 'vitest'
import { decodeAudio } from '../../../src/audio/files/audio-file.js'
import { openAudioSource } from '../../../src/audio/files/audio-source.js'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { memoryInput } from '../../../src/io/byte-file.js'
import { chunk, fmt, riff } from './wav-bytes.js'

/** 16-bit samples 1, 2, 3, … */
function ramp(count: number, first = 1): Uint8Array {
  return new Uint8Array(Int16Array.from({ length: count }, (_, i) => first + i).buffer)
}

const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts))
const data = (count: number, first = 1, size?: number) => chunk('data', ramp(count, first), size)
const list = chunk('LIST', Buffer.from('INFOISFT\x04\0\0\0abcd'))
const id3v1 = Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125, 32)])
const open = 0xffffffff

/** As integers, read as a whole and in blocks. */
async function samplesOf(bytes: Uint8Array): Promise<number[]> {
  const whole = (await decodeAudio(bytes, 'x')).channels[0]!
  const source = await openAudioSource(memoryInput(bytes, 'x'))
  const read: number[] = []
  for await (const [block] of source.blocks()) read.push(...block!)
  expect(read).toEqual([...whole])
  expect(source.samples).toBe(whole.length)
  return read.map((sample) => Math.round(32_768 * sample))
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

describe('a WAV file of several parts', () => {
  const two = riff(fmt({}), data(500, 501))
  const cases: [string, Uint8Array][] = [
    ['two data chunks', riff(fmt({}), data(500), data(500, 501))],
    ['a chunk between two data chunks', riff(fmt({}), data(500), list, data(500, 501))],
    ['a LIST wavl', riff(fmt({}), chunk('LIST', join(Buffer.from('wavl'), data(500), list, data(500, 501))))],
    ['two files', join(riff(fmt({}), data(500)), two)],
    ['two files with chunks before and behind', join(riff(list, fmt({}), data(500), list), two, list)],
    ['two files, the first of open size', join(riff(fmt({}), data(500, 1, open)), two)],
    [
      'two files of open size',
      join(riff(fmt({}), data(500, 1, open)), riff(list, fmt({}), data(500, 501, open))),
    ],
    [
      'three files',
      join(riff(fmt({}), data(300)), riff(fmt({}), data(300, 301)), riff(fmt({}), data(400, 601))),
    ],
  ]
  it.each(cases)('gives the samples of all: %s', async (_, bytes) => {
    expect(await samplesOf(bytes)).toEqual(upTo(1000))
  })

  it('tells how much was to come where the last part is cut', async () => {
    const bytes = join(riff(fmt({}), data(500)), riff(fmt({}), data(500, 501))).subarray(0, -200)
    const source = await openAudioSource(memoryInput(bytes, 'x'))
    expect(source).toMatchObject({ samples: 900, declaredSamples: 1000 })
  })

  it.each([
    [
      'rate',
      fmt({ sampleRate: 8000 }),
      /16 bits, 1 channels at 8000 Hz after pcm of 16 bits, 1 channels at 22050 Hz/,
    ],
    ['channels', fmt({ channels: 2 }), /2 channels at 22050 Hz after/],
    ['coding', fmt({ code: 3, bits: 32 }), /float of 32 bits, .* after pcm of 16 bits/],
  ])('refuses one of another %s', (_, other, message) => {
    const bytes = join(riff(fmt({}), data(500)), riff(other, data(500)))
    expect(() => decodeWav(bytes, 'x')).toThrow(message)
  })

  it('refuses chunks of silence', () => {
    const silence = chunk('slnt', new Uint8Array(4))
    const bytes = riff(fmt({}), chunk('LIST', join(Buffer.from('wavl'), data(5), silence)))
    expect(() => decodeWav(bytes, 'x')).toThrow(/got WAV with a silence chunk \(slnt\)/)
  })
})

describe('samples of open size', () => {
  const sizes = [open, 0x7fffffff, 0x7ffff000, 0x80000000]
  const tails: [string, Uint8Array][] = [
    ['a LIST', list],
    ['a LIST and an id3 chunk', join(list, chunk('id3 ', new Uint8Array(31)))],
    ['a LIST of odd length without its idle byte', chunk('LIST', new Uint8Array(31)).subarray(0, -1)],
    ['an ID3v1 tag', id3v1],
    ['a LIST and an ID3v1 tag', join(list, id3v1)],
  ]
  it.each(tails)('end before %s', async (_, tail) => {
    for (const size of sizes)
      expect(await samplesOf(join(riff(fmt({}), data(900, 1, size)), tail))).toEqual(upTo(900))
  })

  it('may hold the name of a chunk', async () => {
    const body = join(ramp(500), Buffer.from('LIST\x04\0\0\0'), ramp(500))
    expect(await samplesOf(riff(fmt({}), chunk('data', body, open)))).toHaveLength(1004)
  })
})

describe('bytes behind the samples', () => {
  const unread = async (tail: Uint8Array) =>
    (await openAudioSource(memoryInput(join(riff(fmt({}), data(500)), tail), 'x'))).unreadBytes
  it('are told of where they are neither chunks nor tags', async () => {
    expect(await unread(ramp(500, 501))).toBe(1000)
    expect(await unread(list)).toBeUndefined()
    expect(await unread(id3v1)).toBeUndefined()
    expect(await unread(new Uint8Array(4000))).toBeUndefined()
    expect(await unread(ramp(8))).toBeUndefined()
  })
})

describe('float of 16 bits', () => {
  it('is read', () => {
    const halves = new Uint8Array(Uint16Array.of(0x3800, 0xb800, 0x3c00, 0).buffer)
    const { channels } = decodeWav(riff(fmt({ code: 3, bits: 16, channels: 2 }), chunk('data', halves)))
    expect(channels).toEqual([Float32Array.of(0.5, 1), Float32Array.of(-0.5, 0)])
  })
})
