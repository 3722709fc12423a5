import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { decodeAudio } from '../../../src/audio/files/audio-file.js'
import { openAudioSource } from '../../../src/audio/files/audio-source.js'
import { memoryInput } from '../../../src/io/byte-file.js'
import { noise } from '../chunks.js'
import { expectSame } from '../expect-same.js'
import { chunk, fmt, riff } from '../wav/wav-bytes.js'

const fixture = (name: string) =>
  readFile(fileURLToPath(new URL(`../../fixtures/audio/${name}`, import.meta.url)))

/** An ID3v2 tag of so many bytes behind its header. */
function id3(size: number): Uint8Array {
  return Buffer.concat([
    Buffer.from(['ID3'].join('')),
    Buffer.from([4, 0, 0, 0, 0, size >> 7, size & 127]),
    Buffer.alloc(size, 7),
  ])
}

const junk = (bytes: number) => Buffer.from(noise(bytes, 9).map((value) => 128 + 127 * value))

async function lengthOf(bytes: Uint8Array): Promise<number> {
  const { channels } = await decodeAudio(bytes, 'x')
  const source = await openAudioSource(memoryInput(bytes, 'x'))
  expect(source.samples).toBe(channels[0]!.length)
  return source.samples
}

describe('tags and stray bytes', () => {
  const kinds: [string, number][] = [
    ['speech.flac', 44_177],
    ['speech.ogg', 44_177],
    ['speech-flac.oga', 22_050],
  ]
  it.each(kinds)('in front of %s are skipped, one or several', async (name, samples) => {
    const bytes = await fixture(name)
    expect(await lengthOf(Buffer.concat([id3(200), bytes]))).toBe(samples)
    expect(await lengthOf(Buffer.concat([id3(200), id3(5), bytes]))).toBe(samples)
  })

  it('in front of WAV are skipped', async () => {
    const wav = riff(fmt({}), chunk('data', new Uint8Array(8)))
    expect(await lengthOf(Buffer.concat([id3(20), wav]))).toBe(4)
  })

  it.each([
    ['a byte', Buffer.from('x')],
    ['ID3v1', Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125, 32)])],
    ['ID3v2', id3(3000)],
    ['zeros', Buffer.alloc(300)],
    ['noise', junk(5000)],
    ['frame marks', Buffer.from(new Array(40).fill([0xff, 0xf8]).flat())],
  ])('behind the last frame of FLAC are no part of it: %s', async (_, tail) => {
    const bytes = await fixture('speech.flac')
    const [whole, tailed] = await Promise.all([
      decodeAudio(bytes, 'x'),
      decodeAudio(Buffer.concat([bytes, tail]), 'x'),
    ])
    expect(tailed.sampleRate).toBe(whole.sampleRate)
    expectSame(tailed.channels, whole.channels)
  })

  it.each([
    ['zeros', Buffer.alloc(500)],
    ['noise', junk(4000)],
    ['a tag and zeros', Buffer.concat([id3(100), Buffer.alloc(1000)])],
  ])('in front of MP3 are skipped: %s', async (_, head) => {
    const bytes = await fixture('speech.mp3')
    expect(await lengthOf(Buffer.concat([head, bytes]))).toBe(await lengthOf(bytes))
  })

  it('MP3 that is cut within a frame begins with the next', async () => {
    const bytes = await fixture('speech.mp3')
    const [whole, cut] = [await lengthOf(bytes), await lengthOf(bytes.subarray(700))]
    // Frames of 576 samples; of the first few the bytes are gone.
    expect((whole - cut) % 576).toBe(0)
    expect(whole - cut).toBeGreaterThan(0)
    expect(whole - cut).toBeLessThan(8 * 576)
  })
})

describe('Ogg', () => {
  it('reads every link of a chain from its own first packet', async () => {
    for (const [name, samples] of [
      ['speech.ogg', 44_177],
      ['speech-flac.oga', 22_050],
    ] as const) {
      const bytes = await fixture(name)
      const one = (await decodeAudio(bytes, 'x')).channels[0]!
      expect(one).toHaveLength(samples)
      const { channels } = await decodeAudio(Buffer.concat([bytes, bytes, bytes]), 'x')
      expect(channels).toHaveLength(1)
      expect(channels[0]!.length).toBe(3 * samples)
      for (const link of [0, 1, 2]) {
        expectSame(channels[0]!.subarray(link * samples, (link + 1) * samples), one)
      }
    }
    const opus = await fixture('speech.opus')
    expect(await lengthOf(Buffer.concat([opus, opus]))).toBe(2 * (await lengthOf(opus)))
  })

  it('refuses links of different rates', async () => {
    const chain = Buffer.concat([await fixture('speech.ogg'), await fixture('speech.opus')])
    await expect(decodeAudio(chain, 'x')).rejects.toMatchObject({
      code: 'INVALID_AUDIO',
      got: '1 channel at 48000 Hz after 1 at 22050',
      expected: 'one rate and number of channels in all of the Ogg file',
    })
  })

  it('reads FLAC in Ogg', async () => {
    const { channels } = await decodeAudio(await fixture('speech-flac.oga'), 'x')
    const wanted = (await decodeAudio(await fixture('speech.flac'), 'x')).channels[0]!.subarray(0, 22_050)
    expectSame(channels, [wanted])
  })

  it('names what else is in it', async () => {
    const page = (flags: number, body: Buffer) => {
      const header = Buffer.alloc(28)
      header.write('OggS')
      header[5] = flags
      header[26] = 1
      header[27] = body.length
      return Buffer.concat([header, body])
    }
    const speex = Buffer.concat([page(2, Buffer.from('Speex   1.2'.padEnd(80))), page(0, Buffer.alloc(20))])
    await expect(decodeAudio(speex, 'x')).rejects.toMatchObject({
      code: 'UNSUPPORTED_FORMAT',
      got: 'Ogg Speex',
    })
    await expect(decodeAudio(page(2, Buffer.alloc(9)), 'x')).rejects.toMatchObject({
      code: 'UNSUPPORTED_FORMAT',
      got: 'Ogg',
    })
  })
})

describe('FLAC', () => {
  it('of 32 bits is named', async () => {
    const bytes = Uint8Array.from(await fixture('speech.flac'))
    // Bits less one, across two bytes of STREAMINFO.
    bytes[20]! |= 1
    bytes[21]! |= 0xf0
    await expect(decodeAudio(bytes, 'x')).rejects.toMatchObject({
      code: 'UNSUPPORTED_FORMAT',
      got: 'FLAC of 32 bits',
    })
  })
})

describe('WAV', () => {
  const samples = [-8_388_608, -1, 0, 1, 4_194_304, 8_388_607]
  const expected = Float32Array.from(samples, (value) => value / 2 ** 23)
  const bytesOf = (width: number, shift: number) =>
    Uint8Array.from(
      samples.flatMap((value) =>
        Array.from(
          { length: width },
          (_, i) => Number((BigInt(value) << BigInt(shift)) >> BigInt(8 * i)) & 255,
        ),
      ),
    )

  it.each([
    ['24 bits in 4 bytes', fmt({ bits: 24, blockSize: 4 }), bytesOf(4, 8)],
    ['24 bits in 4 bytes, extensible', fmt({ bits: 24, blockSize: 4, extensible: true }), bytesOf(4, 8)],
    ['20 bits in 3 bytes', fmt({ bits: 20, blockSize: 3 }), bytesOf(3, 0)],
    ['24 bits in blocks of size 0', fmt({ bits: 24, blockSize: 0 }), bytesOf(3, 0)],
  ])('reads %s', async (_, format, data) => {
    expect((await decodeAudio(riff(format, chunk('data', data)), 'x')).channels).toEqual([expected])
  })

  it('refuses 12 bits in blocks of size 0, whose bytes are not known', async () => {
    const bytes = riff(fmt({ bits: 12, blockSize: 0 }), chunk('data', new Uint8Array(8)))
    await expect(decodeAudio(bytes, 'x')).rejects.toMatchObject({ code: 'UNSUPPORTED_FORMAT' })
  })

  it.each([
    // ITU-T G.711: the ends, and the values around zero.
    ['mu-law', 7, [0x00, 0x7f, 0xff, 0x80, 0xf0], [-32_124, 0, 0, 32_124, 120]],
    ['A-law', 6, [0x2a, 0x55, 0xd5, 0xaa, 0x85], [-32_256, -8, 8, 32_256, 4224]],
  ])('reads %s', async (_, code, data, values) => {
    const bytes = riff(fmt({ code, bits: 8 }), chunk('data', Uint8Array.from(data)))
    const [channel] = (await decodeAudio(bytes, 'x')).channels
    expect([...channel!].map((value) => Math.round(32_768 * value) + 0)).toEqual(values)
  })

  it('finds the samples behind an odd chunk without its idle byte', async () => {
    const list = chunk('LIST', new Uint8Array(13).fill(65)).subarray(0, 21)
    const whole = riff(fmt({}), list, chunk('data', new Uint8Array(8)))
    expect(await lengthOf(whole)).toBe(4)
  })

  it('tells how long a file that is cut was to be', async () => {
    const whole = riff(fmt({}), chunk('data', new Uint8Array(2000)))
    const source = await openAudioSource(memoryInput(whole.subarray(0, 1044), 'x'))
    expect(source).toMatchObject({ samples: 500, declaredSamples: 1000 })
    expect((await openAudioSource(memoryInput(whole, 'x'))).declaredSamples).toBeUndefined()
    // Sox on a pipe.
    const open = riff(fmt({}), chunk('data', new Uint8Array(2000), 0x7ffff000))
    expect((await openAudioSource(memoryInput(open, 'x'))).declaredSamples).toBeUndefined()
  })

  it('refuses floats on an integer scale with their peak, decoded or read in blocks', async () => {
    const data = new Uint8Array(Float32Array.of(0, 6136, -3).buffer)
    const bytes = riff(fmt({ code: 3, bits: 32 }), chunk('data', data))
    const wanted = { code: 'INVALID_AUDIO', field: 'x', got: 'samples of up to 6136 in size' }
    await expect(decodeAudio(bytes, 'x')).rejects.toMatchObject(wanted)
    const source = await openAudioSource(memoryInput(bytes, 'x'))
    await expect(source.blocks().next()).rejects.toMatchObject(wanted)
  })
})
