import { describe, expect, it } from 'vitest'
import { decodeWav, encodeWav } from '../../../src/audio/wav/wav.js'
import { GlowcastError } from '../../../src/errors.js'
import { noise } from '../chunks.js'
import { chunk, fmt, riff } from './wav-bytes.js'

/** The integers that a depth of `bits` can hold at its ends and around zero. */
const edges = (bits: number) => {
  const full = 2 ** (bits - 1)
  return [-full, -full + 1, -1, 0, 1, full / 2, full - 2, full - 1]
}

/** Little-endian bytes of integers; 8-bit WAV is unsigned. */
function pcm(values: number[], bits: number): Uint8Array {
  const shifted = values.map((value) => (bits === 8 ? value + 128 : value))
  return Uint8Array.from(
    shifted.flatMap((value) => Array.from({ length: bits / 8 }, (_, i) => (value >> (8 * i)) & 0xff)),
  )
}

const floats = (values: number[], type: typeof Float32Array | typeof Float64Array) =>
  new Uint8Array(type.from(values).buffer)

describe('decodeWav', () => {
  it.each([8, 16, 24, 32])('reads PCM of %i bits, every value where it belongs', (bits) => {
    const values = edges(bits)
    const { sampleRate, channels } = decodeWav(riff(fmt({ bits }), chunk('data', pcm(values, bits))))
    expect(sampleRate).toBe(22_050)
    expect(channels).toEqual([Float32Array.from(values, (value) => value / 2 ** (bits - 1))])
  })

  it('reads all 65,536 values of 16 bits exactly', () => {
    const values = Array.from({ length: 65_536 }, (_, i) => i - 32_768)
    const { channels } = decodeWav(riff(fmt({ bits: 16 }), chunk('data', pcm(values, 16))))
    expect(channels[0]).toEqual(Float32Array.from(values, (value) => value / 32_768))
  })

  it('reads floats of 32 and 64 bits, beyond full scale too', () => {
    const values = [0, 1, -1, 0.1, -3.5, 1e-30]
    const expected = [Float32Array.from(values)]
    const short = riff(fmt({ code: 3, bits: 32 }), chunk('data', floats(values, Float32Array)))
    const long = riff(fmt({ code: 3, bits: 64 }), chunk('data', floats(values, Float64Array)))
    expect(decodeWav(short).channels).toEqual(expected)
    expect(decodeWav(long).channels).toEqual(expected)
  })

  it('tells channels apart', () => {
    const values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    const { channels } = decodeWav(riff(fmt({ channels: 6 }), chunk('data', pcm(values, 16))))
    expect(channels.map((channel) => [...channel].map((value) => value * 32_768))).toEqual(
      Array.from({ length: 6 }, (_, i) => [i, i + 6]),
    )
  })

  it('reads WAVE_FORMAT_EXTENSIBLE', () => {
    const body = pcm(edges(24), 24)
    const plain = decodeWav(riff(fmt({ bits: 24 }), chunk('data', body)))
    expect(decodeWav(riff(fmt({ bits: 24, extensible: true }), chunk('data', body)))).toEqual(plain)
  })

  it('skips other chunks, of odd length too, and reads at any address', () => {
    const body = pcm(edges(16), 16)
    const list = chunk('LIST', new Uint8Array(5))
    const bytes = riff(list, fmt({}), list, chunk('data', body), list)
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expect(decodeWav(shifted.subarray(3))).toEqual(decodeWav(riff(fmt({}), chunk('data', body))))
  })

  it('takes what is there when the size is open or too large', () => {
    const body = pcm(edges(16), 16)
    const whole = decodeWav(riff(fmt({}), chunk('data', body)))
    expect(decodeWav(riff(fmt({}), chunk('data', body, 0xffffffff)))).toEqual(whole)
    expect(decodeWav(riff(fmt({}), chunk('data', body, 1000)))).toEqual(whole)
    // ffmpeg on a pipe, and writers killed before they fill in either size.
    for (const outer of [0, 0xffffffff]) {
      const bytes = riff(fmt({}), chunk('data', body, 0))
      new DataView(bytes.buffer).setUint32(4, outer, true)
      expect(decodeWav(bytes)).toEqual(whole)
    }
    const cut = riff(fmt({}), chunk('data', body)).subarray(0, -3)
    expect(decodeWav(cut).channels[0]).toEqual(whole.channels[0]!.subarray(0, -2))
  })

  it('reads a file without samples as such, whatever follows', () => {
    expect(decodeWav(riff(fmt({}), chunk('data', new Uint8Array(0)))).channels).toEqual([new Float32Array(0)])
    const listed = riff(fmt({}), chunk('data', new Uint8Array(0)), chunk('LIST', new Uint8Array(40)))
    expect(decodeWav(listed).channels).toEqual([new Float32Array(0)])
  })

  const data = chunk('data', new Uint8Array(8))
  it.each<[string, Uint8Array, string, RegExp]>([
    ['an empty file', new Uint8Array(0), 'INVALID_AUDIO', /song: got 0 bytes, expected a RIFF\/WAVE file/],
    ['text', new TextEncoder().encode('not audio at all'), 'INVALID_AUDIO', /starts with "not audio at/],
    [
      'a header cut in its fmt chunk',
      riff(fmt({}), data).subarray(0, 30),
      'INVALID_AUDIO',
      /10 bytes of format/,
    ],
    ['a header cut before the data', riff(fmt({}), data).subarray(0, 40), 'INVALID_AUDIO', /no data chunk/],
    ['a file cut at its first sample', riff(fmt({}), data).subarray(0, 45), 'INVALID_AUDIO', /1 of 8 bytes/],
    ['no fmt chunk', riff(chunk('LIST', new Uint8Array(4))), 'INVALID_AUDIO', /no fmt chunk/],
    ['data before fmt', riff(data, fmt({})), 'INVALID_AUDIO', /data before a fmt chunk/],
    ['a short fmt chunk', riff(chunk('fmt ', new Uint8Array(8)), data), 'INVALID_AUDIO', /8 bytes of format/],
    ['no channels', riff(fmt({ channels: 0 }), data), 'INVALID_AUDIO', /0 channels/],
    ['0 Hz', riff(fmt({ sampleRate: 0 }), data), 'INVALID_AUDIO', /got 0 Hz, expected 1000 to 768000 Hz/],
    ['4 GHz', riff(fmt({ sampleRate: 4e9 }), data), 'INVALID_AUDIO', /4000000000 Hz/],
    [
      'a wrong block size',
      riff(fmt({ blockSize: 3 }), data),
      'INVALID_AUDIO',
      /3 bytes for 1 sample of 16 bits/,
    ],
    [
      'IMA ADPCM',
      riff(fmt({ code: 17, bits: 8 }), data),
      'UNSUPPORTED_FORMAT',
      /WAV in IMA ADPCM, expected PCM of 8, 16/,
    ],
    ['an unknown code', riff(fmt({ code: 999 }), data), 'UNSUPPORTED_FORMAT', /format code 999/],
    ['12 bits', riff(fmt({ bits: 12 }), data), 'UNSUPPORTED_FORMAT', /pcm of 12 bits/],
    [
      '24-bit float',
      riff(fmt({ code: 3, bits: 24 }), data),
      'UNSUPPORTED_FORMAT',
      /float of 24 bits, .* convert it with ffmpeg -i song OUT.wav/,
    ],
    ['nothing but empty chunks', riff(new Uint8Array(100_000)), 'INVALID_AUDIO', /no fmt chunk/],
  ])('refuses %s', (_, bytes, code, message) => {
    let caught: unknown
    try {
      decodeWav(bytes, 'song')
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(GlowcastError)
    expect(caught).toMatchObject({ code, field: 'song', message: expect.stringMatching(message) })
  })

  it('gives audio or a GlowcastError for any prefix and any changed byte of a header', () => {
    const bytes = riff(fmt({ extensible: true }), chunk('data', pcm(edges(16), 16)))
    const attempt = (altered: Uint8Array) => {
      try {
        decodeWav(altered)
      } catch (error) {
        expect(error).toBeInstanceOf(GlowcastError)
      }
    }
    for (let length = 0; length < bytes.length; length++) attempt(bytes.subarray(0, length))
    for (let at = 0; at < 68; at++) {
      for (const value of [0, 1, 127, 128, 255]) attempt(bytes.with(at, value))
    }
  })
})

describe('encodeWav', () => {
  const audio = { sampleRate: 44_100, channels: [noise(333, 1), noise(333, 2)] }

  it.each([
    ['int16', 0.5 / 32_768],
    ['int24', 0.5 / 8_388_608],
    ['float32', 0],
  ] as const)('is undone by decodeWav up to half a step: %s', (format, halfStep) => {
    const bytes = encodeWav(audio, { format })
    const decoded = decodeWav(bytes)
    expect(bytes.length % 2).toBe(0)
    expect(decoded.sampleRate).toBe(44_100)
    for (const [c, channel] of audio.channels.entries()) {
      const errors = channel.map((value, i) => Math.abs(decoded.channels[c]![i]! - value))
      // One rounding of a float of size 1 beyond the half step itself.
      expect(Math.max(...errors)).toBeLessThanOrEqual(halfStep === 0 ? 0 : halfStep + 6e-8)
    }
    expect(encodeWav(decoded, { format })).toEqual(bytes)
  })

  it('clips integers to full scale, keeps floats', () => {
    const loud = { sampleRate: 8000, channels: [Float32Array.of(1, 2, -1, -2, 0.25)] }
    const [int16] = decodeWav(encodeWav(loud, { format: 'int16' })).channels
    expect([...int16!]).toEqual([32_767 / 32_768, 32_767 / 32_768, -1, -1, 0.25])
    expect(decodeWav(encodeWav(loud, { format: 'float32' })).channels).toEqual(loud.channels)
  })

  it('pads odd data', () => {
    const bytes = encodeWav({ sampleRate: 8000, channels: [Float32Array.of(0.5)] }, { format: 'int24' })
    expect(bytes.length).toBe(44 + 4)
    expect(new DataView(bytes.buffer).getUint32(4, true)).toBe(bytes.length - 8)
    expect(new DataView(bytes.buffer).getUint32(40, true)).toBe(3)
  })

  it('refuses no channels, unequal channels and what is not finite', () => {
    const encode = (...channels: Float32Array[]) =>
      encodeWav({ sampleRate: 8000, channels }, { format: 'int16' })
    expect(() => encode()).toThrow(/audio: got no channels/)
    expect(() => encode(new Float32Array(2), new Float32Array(3))).toThrow(/channels of 2,3 samples/)
    expect(() => encode(Float32Array.of(0, Number.NaN))).toThrow(/audio: got NaN at sample 1/)
  })
})
