import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadAudio, loadMono, removeDc } from '../../../src/audio/files/audio-file.js'
import { toMono } from '../../../src/audio/files/channels.js'
import { encodeWav } from '../../../src/audio/wav/wav.js'
import { largestError, noise } from '../chunks.js'
import { expectSame } from '../expect-same.js'

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/audio/${name}`, import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-audio-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

describe('loadAudio', () => {
  it.each([8, 16, 24])(
    'reads FLAC of %i bits, both channels, every integer where it belongs',
    async (bits) => {
      const full = 2 ** (bits - 1)
      const left = [-full, -full + 1, -1, 0, 1, full / 2, full - 2, full - 1]
      const { sampleRate, channels } = await loadAudio(fixture(`edges-${bits}.flac`))
      expect(sampleRate).toBe(44_100)
      expect(channels).toEqual(
        [left, left.toReversed()].map((values) => Float32Array.from(values, (v) => v / full)),
      )
    },
  )

  it('reads FLAC that ends in silence, whose last frame has only 13 bytes', async () => {
    const { channels } = await loadAudio(fixture('silence.flac'))
    const expected = new Float32Array(30_000)
    expected.set([1 / 32_768, 2 / 32_768, 3 / 32_768])
    expectSame(channels, [expected])
  })

  it('tells the format by content, not by name', async () => {
    const channels = [noise(100)]
    const path = await file(
      'really-wav.flac',
      encodeWav({ sampleRate: 8000, channels }, { format: 'float32' }),
    )
    expect(await loadAudio(path)).toEqual({ sampleRate: 8000, channels })
  })

  it.each([
    ['M4A (MP4)', '\0\0\0\x20ftypM4A '],
    ['NIST SPHERE', 'NIST_1A\n   1024'],
    ['Sun AU', '.snd'],
    ['RIFX (big-endian WAV)', 'RIFX'],
    ['AIFF', 'FORM\0\0\0\0AIFF'],
    ['WebM', '\x1aE\xdf\xa3'],
    ['Sony Wave64', 'riff\x2e\x91\xcf\x11'],
    ['no audio format that is known here', 'hello, world'],
  ])('names %s as not supported', async (name, start) => {
    const path = await file('foreign', Buffer.from(start.padEnd(200, '\0'), 'latin1'))
    await expect(loadAudio(path)).rejects.toMatchObject({
      code: 'UNSUPPORTED_FORMAT',
      message: `${path}: got ${name}, expected WAV, FLAC, MP3, Ogg Vorbis, Ogg Opus or Ogg FLAC: convert it with ffmpeg -i ${path} OUT.wav`,
    })
  })

  it('refuses empty files, missing files and folders', async () => {
    await expect(loadAudio(await file('empty.wav', new Uint8Array(0)))).rejects.toMatchObject({
      code: 'INVALID_AUDIO',
      got: 'an empty file',
    })
    await expect(loadAudio(join(folder, 'none.wav'))).rejects.toMatchObject({ code: 'IO' })
    await expect(loadAudio(folder)).rejects.toMatchObject({ code: 'IO' })
  })

  it('refuses a FLAC file that is cut or damaged, wherever', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const whole = await readFile(fixture('speech.flac'))
    for (const length of [4, 41, 42, 60, 5000, whole.length - 1]) {
      const path = await file('cut.flac', whole.subarray(0, length))
      await expect(loadAudio(path), `${length} bytes`).rejects.toMatchObject({
        code: 'INVALID_AUDIO',
        field: path,
      })
    }
    const damaged = Uint8Array.from(whole, (byte, i) => (i >= 30_000 && i < 30_020 ? byte ^ 0x55 : byte))
    await expect(loadAudio(await file('damaged.flac', damaged))).rejects.toThrow(/readable samples of 44177/)
  })
})

describe('toMono', () => {
  it('is the mean of the channels', () => {
    const channels = [Float32Array.of(1, 0), Float32Array.of(0, 0.5), Float32Array.of(-0.25, 1)]
    expect(toMono({ channels })).toEqual(Float32Array.of(0.25, 0.5))
    expect(toMono({ channels: [channels[0]!] })).toEqual(channels[0])
    expect(toMono({ channels: [] })).toHaveLength(0)
  })
})

describe('loadMono', () => {
  const wav = (sampleRate: number, ...channels: Float32Array[]) =>
    encodeWav({ sampleRate, channels }, { format: 'float32' })

  it('mixes six channels and resamples', async () => {
    const tone = (rate: number, samples: number) =>
      Float32Array.from({ length: samples }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / rate))
    const six = Array.from({ length: 6 }, () => tone(48_000, 9600))
    const waveform = await loadMono(await file('six.wav', wav(48_000, ...six)), 22_050)
    expect(waveform).toHaveLength(4410)
    // The resampler's pass-band, away from the ends, where the tone meets silence.
    expect(largestError(waveform.subarray(200, -200), tone(22_050, 4410).subarray(200, -200))).toBeLessThan(
      1e-4,
    )
  })

  it('takes a single sample', async () => {
    expect(await loadMono(await file('one.wav', wav(22_050, Float32Array.of(0.5))), 22_050)).toEqual(
      Float32Array.of(0.5),
    )
  })

  it('refuses no samples, at either rate, and samples that are not finite', async () => {
    const empty = await file('none.wav', wav(22_050, new Float32Array(0)))
    await expect(loadMono(empty, 22_050)).rejects.toThrow(/got no samples/)
    const lost = await file('lost.wav', wav(48_000, Float32Array.of(1)))
    await expect(loadMono(lost, 16_000)).rejects.toThrow(/got no samples/)
    const bytes = wav(22_050, new Float32Array(3))
    new DataView(bytes.buffer).setFloat32(44 + 4, Number.NaN, true)
    const path = await file('nan.wav', bytes)
    await expect(loadMono(path, 22_050)).rejects.toMatchObject({ code: 'NON_FINITE', got: 'NaN at sample 1' })
  })
})

describe('removeDc', () => {
  it('takes the mean away', () => {
    expect(removeDc(Float32Array.of(1, 2, 3))).toEqual(Float32Array.of(-1, 0, 1))
    expect(removeDc(new Float32Array(0))).toHaveLength(0)
  })
})
