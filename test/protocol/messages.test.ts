import { describe, expect, it } from 'vitest'
import { melScaleChecks } from '../../src/audio/mel/scale-check.js'
import { RandomStream } from '../../src/numeric/random.js'
import { clientMessages } from '../../src/protocol/client-messages.js'
import {
  bytesToFloats,
  decodeMedia,
  encodeMedia,
  floatsToBytes,
  headerBytes,
  lastOfUtterance,
  mediaTypes,
  s16ToSamples,
  samplesToS16,
} from '../../src/protocol/messages.js'
import { blockSeconds, minSeconds } from '../../src/scoring/recording/lengths.js'
import { qualities } from '../../src/synthesis/quality.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('media frames', () => {
  it('have these bytes', () => {
    const mel = { type: mediaTypes.mel, flags: 0, stream: 258, sequence: 1, position: 70_000 }
    expect(hex(encodeMedia(mel, floatsToBytes(Float32Array.of(-11.5, 0.25))))).toBe(
      '01000201' + '01000000' + '70110100' + '000038c1' + '0000803e',
    )
    const pcm = { type: mediaTypes.pcm, flags: lastOfUtterance, stream: 3, sequence: 16, position: 256 }
    expect(hex(encodeMedia(pcm, samplesToS16(Float32Array.of(0, 0.5, -1, 1))))).toBe(
      '02010300' + '10000000' + '00010000' + '0000' + '0040' + '0080' + 'ff7f',
    )
  })

  it('come back as they were', () => {
    const random = new RandomStream(1, 2)
    for (let run = 0; run < 2000; run++) {
      const header = {
        type: random.uniform() < 0.5 ? mediaTypes.mel : mediaTypes.pcm,
        flags: random.integer(256),
        stream: random.integer(65_536),
        sequence: random.integer(2 ** 32),
        position: random.integer(2 ** 32),
      }
      const payload = Uint8Array.from({ length: random.integer(40) }, () => random.integer(256))
      // A view into a longer buffer, at an odd offset, as a socket gives it.
      const encoded = encodeMedia(header, payload)
      const shifted = new Uint8Array(encoded.length + 7)
      shifted.set(encoded, 3)
      const decoded = decodeMedia(shifted.subarray(3, 3 + encoded.length))
      expect(decoded).toEqual({ ...header, payload })
    }
  })

  it('are refused when cut or of an unknown type, and never throw', () => {
    const random = new RandomStream(1, 3)
    for (let length = 0; length < headerBytes; length++) {
      expect(decodeMedia(new Uint8Array(length).fill(1))).toBeUndefined()
    }
    for (let run = 0; run < 2000; run++) {
      const bytes = Uint8Array.from({ length: random.integer(64) }, () => random.integer(256))
      const known = bytes.length >= headerBytes && (bytes[0] === 1 || bytes[0] === 2 || bytes[0] === 3)
      expect(decodeMedia(bytes) !== undefined).toBe(known)
    }
  })

  it.each([
    ['stream', 65_536],
    ['stream', -1],
    ['sequence', 2 ** 32],
    ['position', 0.5],
  ])('cannot hold a %s of %f', (field, value) => {
    const header = { type: mediaTypes.mel, flags: 0, stream: 0, sequence: 0, position: 0, [field]: value }
    expect(() => encodeMedia(header, new Uint8Array(0))).toThrow(new RegExp(`${field}: got ${value}`))
  })
})

describe('samples', () => {
  it('are the same as float32, and to half a step as 16-bit integers', () => {
    const random = new RandomStream(1, 4)
    const samples = Float32Array.from({ length: 500 }, () => 2 * random.uniform() - 1)
    expect(bytesToFloats(floatsToBytes(samples))).toEqual(samples)
    s16ToSamples(samplesToS16(samples)).forEach((value, i) => {
      expect(Math.abs(value - samples[i]!)).toBeLessThanOrEqual(1 / 32_768)
    })
  })

  it('are clipped beyond full scale', () => {
    expect([...s16ToSamples(samplesToS16(Float32Array.of(1.5, -3)))]).toEqual([32_767 / 32_768, -1])
  })

  it('leave out a value that is cut', () => {
    expect(bytesToFloats(new Uint8Array(7))).toHaveLength(1)
    expect(s16ToSamples(new Uint8Array(3))).toHaveLength(1)
  })
})

describe('the limits of client messages', () => {
  it('are those of the library', () => {
    const { quality, melScaleCheck } = clientMessages.open
    expect(quality.of.of).toEqual(qualities)
    expect(melScaleCheck.of.of).toEqual(melScaleChecks)
    const { min, max } = clientMessages.score.blockSeconds.of
    expect([min, max]).toEqual([minSeconds, blockSeconds])
  })
})
