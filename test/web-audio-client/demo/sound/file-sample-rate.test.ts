import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { fileSampleRate } from '../../../../web-audio-client/demo/sound/file-sample-rate.js'

const bytesOf = (...parts: (string | number[])[]): ArrayBuffer => {
  const bytes = parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part))
  return Uint8Array.from(bytes).buffer
}
const zeros = (count: number) => new Array<number>(count).fill(0)
const little = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24]

const format = (rate: number) => ['fmt ', little(16), [1, 0, 1, 0], little(rate), zeros(8)]

describe('fileSampleRate', () => {
  it("reads the page's FLAC clips", async () => {
    const clip = new URL('../../../../web-audio-client/demo/public/clips/lakes.flac', import.meta.url)
    expect(fileSampleRate(Uint8Array.from(await readFile(clip)).buffer)).toBe(22_050)
  })

  it.each([
    ['WAV', bytesOf('RIFF', zeros(4), 'WAVE', ...format(44_100)), 44_100],
    [
      'WAV with a chunk before its format',
      bytesOf('RIFF', zeros(4), 'WAVE', 'JUNK', little(5), zeros(6), ...format(16_000)),
      16_000,
    ],
    ['Ogg Vorbis', bytesOf('OggS', zeros(22), [1, 30], '\x01vorbis', zeros(5), little(32_000)), 32_000],
    ['Ogg Opus', bytesOf('OggS', zeros(22), [1, 19], 'OpusHead', [1, 1], zeros(2), little(16_000)), 48_000],
    ['MP3', bytesOf([0xff, 0xfb, 0x90, 0x00], zeros(20)), 44_100],
    [
      'MP3 of MPEG 2 behind a tag',
      bytesOf('ID3', [4, 0, 0], [0, 0, 1, 2], zeros(130), [0xff, 0xf3, 0x90, 0]),
      22_050,
    ],
    ['a WAV of a rate that is none', bytesOf('RIFF', zeros(4), 'WAVE', ...format(7)), 48_000],
    ['a WAV that is cut', bytesOf('RIFF', zeros(4), 'WAVE', 'fmt ', little(16), [1, 0]), 48_000],
    ['an empty file', new ArrayBuffer(0), 48_000],
    ['something else', bytesOf('<html>', zeros(40)), 48_000],
  ])('tells the rate of %s', (_, bytes, rate) => {
    expect(fileSampleRate(bytes)).toBe(rate)
  })

  it('ends for a WAV whose chunks do not', () => {
    const endless = bytesOf('RIFF', zeros(4), 'WAVE', 'JUNK', little(0xfffffff8), zeros(64))
    expect(fileSampleRate(endless)).toBe(48_000)
  })
})
