import { describe, expect, it } from 'vitest'
import { speechFormats } from '../../../server/speech/encoders.js'
import { readMono } from '../../../src/audio/files/audio-file.js'
import { openAudioSource } from '../../../src/audio/files/audio-source.js'
import { OggPages } from '../../../src/audio/files/ogg-pages.js'
import { memoryInput } from '../../../src/io/byte-file.js'

const rate = 22_050

/** A voice-like sound: ten harmonics of a pitch that glides. */
const sound = Float32Array.from({ length: rate }, (_, n) => {
  const turns = (2 * Math.PI * (120 * n + (0.5 * 40 * (n * n)) / rate)) / rate
  return 0.3 * [1, 2, 3, 5, 8, 13].reduce((sum, k) => sum + Math.sin(k * turns) / k, 0)
})

async function encode(format: 'mp3' | 'opus', partLengths: readonly number[], samples = sound) {
  const encoder = await speechFormats[format].encoder(rate)
  const parts: Uint8Array[] = []
  for (let at = 0, i = 0; at < samples.length; i++) {
    const length = partLengths[i % partLengths.length]!
    parts.push(encoder.push(samples.subarray(at, at + length)))
    at += length
  }
  parts.push(encoder.flush())
  ;(encoder as { close?(): void }).close?.()
  return Uint8Array.from(Buffer.concat(parts))
}

async function decode(bytes: Uint8Array, format: string): Promise<Float32Array> {
  return readMono(await openAudioSource(memoryInput(bytes, format)), rate, format)
}

/** dB by which a sound is above its distance from another. */
function ratio(got: Float32Array, expected: Float32Array): number {
  let [energy, error] = [0, 0]
  expected.forEach((value, i) => {
    energy += value ** 2
    error += (value - (got[i] ?? 0)) ** 2
  })
  return 10 * Math.log10(energy / error)
}

describe.each([
  // LAME and the decoder are 1105 samples late, which no header tells.
  ['mp3', 1105, 25],
  ['opus', 0, 15],
] as const)('%s', (format, delay, minDb) => {
  it('is heard as it was', async () => {
    const got = await decode(await encode(format, [640]), format)
    expect(got.length).toBeGreaterThanOrEqual(sound.length + delay)
    expect(ratio(got.subarray(delay), sound)).toBeGreaterThan(minDb)
  })

  it('is the same however the samples come', async () => {
    const whole = await decode(await encode(format, [sound.length]), format)
    expect(await decode(await encode(format, [1, 700, 31, 5000]), format)).toEqual(whole)
  })

  it('takes samples beyond full scale', async () => {
    const loud = sound.map((sample) => 8 * sample)
    const got = await decode(await encode(format, [1000], loud), format)
    expect(got.every((sample) => Math.abs(sample) < 1.6)).toBe(true)
  })

  it('serves several texts at once', async () => {
    const alone = await decode(await encode(format, [640]), format)
    const all = await Promise.all([640, 640, 640].map((length) => encode(format, [length])))
    for (const bytes of all) expect(await decode(bytes, format)).toEqual(alone)
  })
})

describe('Ogg Opus', () => {
  it.each([22_050, 22_051, 200_000])('has the length of %i samples', async (length) => {
    const samples = Float32Array.from({ length }, (_, n) => sound[n % sound.length]!)
    const got = await decode(await encode('opus', [length], samples), 'opus')
    expect(Math.abs(got.length - length)).toBeLessThanOrEqual(1)
  })

  it('has pages that follow each other, each with its checksum', async () => {
    const pages = new OggPages().push(await encode('opus', [640]))
    expect(pages.map(({ isFirst }) => isFirst)).toEqual(pages.map((_, i) => i === 0))
    expect(pages.map(({ isLast }) => isLast)).toEqual(pages.map((_, i) => i === pages.length - 1))
    let before = -1n
    for (const [i, { bytes }] of pages.entries()) {
      const view = new DataView(bytes.buffer)
      expect(view.getUint32(18, true)).toBe(i)
      expect(view.getBigInt64(6, true)).toBeGreaterThanOrEqual(before)
      before = view.getBigInt64(6, true)
      const expected = view.getUint32(22, true)
      view.setUint32(22, 0)
      expect(remainder(bytes)).toBe(expected)
    }
  })

  it('holds more packets than a page in one part', async () => {
    const long = Float32Array.from({ length: 8 * rate }, (_, n) => sound[n % sound.length]!)
    const pages = new OggPages().push(await encode('opus', [long.length], long))
    // Two headers, 400 packets of 20 ms in pages of at most 255, and the end.
    expect(pages.length).toBeGreaterThanOrEqual(5)
  })
})

/** Of the division by the polynomial of Ogg's pages, bit by bit. */
function remainder(bytes: Uint8Array): number {
  let sum = 0n
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const carry = (sum >> 31n) ^ BigInt((byte >> bit) & 1)
      sum = ((sum << 1n) & 0xffffffffn) ^ (carry * 0x04c11db7n)
    }
  }
  return Number(sum)
}
