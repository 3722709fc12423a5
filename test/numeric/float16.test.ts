import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../../src/numeric/float16.js'

const fixture = new URL('../fixtures/models/float16-pairs.json', import.meta.url)
const { floatBits, halfBits } = JSON.parse(readFileSync(fixture, 'utf8')) as Record<string, number[]>

describe('float16', () => {
  it('narrows as numpy does: ties, subnormals, overflow, signed zero', () => {
    const floats = new Float32Array(Uint32Array.from(floatBits!).buffer)
    expect([...float32ToFloat16(floats)]).toEqual(halfBits)
  })

  it('brings all 65,536 patterns back unchanged, every NaN as a NaN', () => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, i) => i)
    const widened = float16ToFloat32(patterns)
    const back = float32ToFloat16(widened)
    for (let i = 0; i < 65_536; i++) {
      const isNotANumber = (i & 0x7fff) > 0x7c00
      if (isNotANumber ? !Number.isNaN(widened[i]) : back[i] !== i) expect.fail(`pattern ${i.toString(16)}`)
    }
  })

  it('widens to the value that the format defines', () => {
    const values = float16ToFloat32(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x7c00))
    expect([...values]).toEqual([1, -2, 65504, 2 ** -14, 1023 * 2 ** -24, 2 ** -24, Number.POSITIVE_INFINITY])
  })

  it('narrows a view that does not start at its buffer', () => {
    expect([...float32ToFloat16(Float32Array.of(9, 1, 2).subarray(1))]).toEqual([0x3c00, 0x4000])
  })

  it('converts 14 MB of halves both ways', () => {
    const halves = new Uint16Array(7_000_000).map((_, i) => (i * 2654435761) & 0x7bff)
    const back = float32ToFloat16(float16ToFloat32(halves))
    expect(Buffer.compare(Buffer.from(back.buffer), Buffer.from(halves.buffer))).toBe(0)
  })
})

describe('bfloat16', () => {
  it('narrows to the nearest, ties to even, and keeps infinities and NaN', () => {
    const bits = [
      0x3f800000, 0x3f807fff, 0x3f808000, 0x3f808001, 0x3f818000, 0x7f7fffff, 0xff800000, 0x7f800001,
    ]
    const floats = new Float32Array(Uint32Array.from(bits).buffer)
    expect([...float32ToBfloat16(floats)]).toEqual([
      0x3f80, 0x3f80, 0x3f80, 0x3f81, 0x3f82, 0x7f80, 0xff80, 0x7fc0,
    ])
  })

  it('brings all 65,536 patterns back unchanged, every NaN as the quiet one', () => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, i) => i)
    const back = float32ToBfloat16(bfloat16ToFloat32(patterns))
    expect([...back]).toEqual([...patterns].map((i) => ((i & 0x7fff) > 0x7f80 ? 0x7fc0 : i)))
  })

  it('is the upper half of a float', () => {
    expect([...bfloat16ToFloat32(Uint16Array.of(0x3f80, 0xc0e8, 0x7f80))]).toEqual([
      1,
      -7.25,
      Number.POSITIVE_INFINITY,
    ])
  })
})
