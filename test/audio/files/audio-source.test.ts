import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadAudio } from '../../../src/audio/files/audio-file.js'
import { type AudioSource, openAudioSource } from '../../../src/audio/files/audio-source.js'
import { joinChannels } from '../../../src/audio/files/channels.js'
import { encodeWav } from '../../../src/audio/wav/wav.js'
import { memoryInput } from '../../../src/io/byte-file.js'
import { noise } from '../chunks.js'
import { expectSame } from '../expect-same.js'
import { flacFrameSamples, mp3FrameSamples, mp3Rate, silentFlac, silentMp3 } from './compressed-bodies.js'

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/audio/${name}`, import.meta.url))
const recordings = ['speech.flac', 'speech.mp3', 'speech.ogg', 'speech.opus']
const tight = { seconds: 600, samples: 600 * 48_000 * 2 }

afterEach(() => vi.restoreAllMocks())

async function all(source: AudioSource): Promise<Float32Array[]> {
  const blocks: Float32Array[][] = []
  for await (const block of source.blocks()) blocks.push(block)
  return joinChannels(blocks)
}

describe('openAudioSource', () => {
  it.each(recordings)('gives the samples of %s in blocks, twice', async (name) => {
    const whole = await loadAudio(fixture(name))
    const source = await openAudioSource(fixture(name))
    expect(source.sampleRate).toBe(whole.sampleRate)
    expect(source.channels).toBe(whole.channels.length)
    expect(source.samples).toBe(whole.channels[0]!.length)
    expectSame(await all(source), whole.channels)
    expectSame(await all(source), whole.channels)
  })

  it('decodes a long recording anew instead of keeping it', async () => {
    const frames = 150
    const source = await openAudioSource(memoryInput(silentFlac(frames), 'long.flac'))
    expect(source.samples).toBe(frames * flacFrameSamples)
    for (let time = 0; time < 2; time++) {
      let samples = 0
      for await (const [block] of source.blocks()) samples += block!.length
      expect(samples).toBe(source.samples)
    }
  })

  it('tells how far it is with a compressed file', async () => {
    const shares: number[] = []
    await openAudioSource(fixture('speech.flac'), { onRead: (share) => shares.push(share) })
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual([...shares].sort((a, b) => a - b))
  })

  it.each(recordings)('stops decoding %s where the limit is', async (name) => {
    const source = openAudioSource(fixture(name), { limit: { ...tight, seconds: 1 } })
    await expect(source).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      field: fixture(name),
      expected: 'at most 1 s',
    })
  })

  it('counts all channels for the limit of samples, of WAV by its header', async () => {
    const bytes = encodeWav({ sampleRate: 8000, channels: [noise(60), noise(60)] }, { format: 'int16' })
    const input = memoryInput(bytes, 'body')
    await openAudioSource(input, { limit: { seconds: 1, samples: 120 } })
    await expect(openAudioSource(input, { limit: { seconds: 1, samples: 119 } })).rejects.toThrow(
      'body: got 120 samples or more (2 channels at 8000 Hz), expected at most 119',
    )
  })

  it.each([
    // Whole, these would be 11.8 GB and 3.7 GB of samples.
    ['FLAC', silentFlac(45_000), (45_000 * flacFrameSamples) / 44_100],
    ['MP3', silentMp3(800_000), (800_000 * mp3FrameSamples) / mp3Rate],
  ])('decodes no more of a small %s of hours than is allowed', async (_, bytes, seconds) => {
    expect(seconds).toBeGreaterThan(5 * 3600)
    let decoded = 0
    const limit = { ...tight, seconds: 60 }
    await openAudioSource(memoryInput(bytes, 'body'), {
      limit,
      onRead: (share) => {
        decoded = share
      },
    }).then(
      () => expect.unreachable(),
      (error) => expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', expected: 'at most 60 s' }),
    )
    // A minute of hours, and a read of 64 KiB.
    expect(decoded).toBeLessThan(0.2)
  })

  it('refuses a FLAC file whose header promises less or more than comes', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    for (const promised of [1, 4 * flacFrameSamples]) {
      const bytes = silentFlac(3, { promised })
      await expect(openAudioSource(memoryInput(bytes, 'body'))).rejects.toMatchObject({
        code: 'INVALID_AUDIO',
        got: `${3 * flacFrameSamples} readable samples of ${promised}`,
      })
    }
  })

  it.each(['speech.mp3', 'speech.ogg', 'speech.opus'])(
    'gives of %s that is cut what is there, and nothing made up',
    async (name) => {
      const whole = (await loadAudio(fixture(name))).channels[0]!
      const bytes = await readFile(fixture(name))
      let before = 0
      for (const share of [0.6, 0.8, 0.95]) {
        const cut = memoryInput(bytes.subarray(0, Math.floor(share * bytes.length)), name)
        const [samples] = (await all(await openAudioSource(cut))) as [Float32Array]
        expect(samples.length).toBeGreaterThanOrEqual(before)
        expect(samples.length).toBeLessThan(whole.length)
        expectSame(samples, whole.subarray(0, samples.length))
        before = samples.length
      }
    },
  )

  it.each([
    ['speech.ogg', '\x01vorbis', 11],
    ['speech.opus', 'OpusHead', 9],
  ])('refuses %s when its header tells of 200 channels', async (name, start, channelsAt) => {
    const bytes = await readFile(fixture(name))
    bytes[bytes.indexOf(start, 0, 'latin1') + channelsAt] = 200
    await expect(openAudioSource(memoryInput(bytes, name))).rejects.toMatchObject({
      code: 'UNSUPPORTED_FORMAT',
      message: `${name}: got Ogg with 200 channels, expected at most 8`,
    })
  })

  it.each([1, 1_000_000_000])('refuses a header that tells of %i Hz', async (rate) => {
    const bytes = await readFile(fixture('speech.ogg'))
    bytes.writeUInt32LE(rate, bytes.indexOf('\x01vorbis', 0, 'latin1') + 12)
    await expect(openAudioSource(memoryInput(bytes, 'body'))).rejects.toMatchObject({
      code: 'INVALID_AUDIO',
      message: `body: got ${rate} Hz, expected 1000 to 768000 Hz`,
    })
  })

  it('refuses compressed files that end within a frame or a header', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    for (const name of recordings) {
      const bytes = await readFile(fixture(name))
      for (const length of [1, 4, 27, 60]) {
        const cut = memoryInput(bytes.subarray(0, length), name)
        await expect(openAudioSource(cut), `${name}, ${length} bytes`).rejects.toMatchObject({
          code: expect.stringMatching(/INVALID_AUDIO|UNSUPPORTED_FORMAT/),
          field: name,
        })
      }
    }
  })
})

it.each([
  ['speech.mp3', true],
  ['speech.ogg', true],
  ['speech.opus', true],
  ['speech-flac.oga', undefined],
  ['speech.flac', undefined],
])('tells of %s whether it is lossy: %s', async (name, isLossy) => {
  expect((await openAudioSource(fixture(name))).isLossy).toBe(isLossy)
})
