import { expect, it } from 'vitest'
import { sameBytes } from '../../src/numeric/same-bytes.js'

it.each([
  [4, 0],
  [8, 4],
  [11, 0],
  [11, 4],
  [11, 3],
  [3, 1],
  [0, 0],
])('tells arrays of %i bytes at offset %i apart by each byte', (length, offset) => {
  const bytes = Uint8Array.from({ length }, (_, i) => i + 1)
  const moved = new Uint8Array(length + offset).subarray(offset)
  moved.set(bytes)
  expect(sameBytes(bytes, moved)).toBe(true)
  expect(sameBytes(moved, bytes)).toBe(true)
  for (let i = 0; i < length; i++) {
    moved[i]! ^= 0x80
    expect(sameBytes(bytes, moved), `byte ${i}`).toBe(false)
    moved[i]! ^= 0x80
  }
})

it('compares bytes, not numbers', () => {
  expect(sameBytes(Float32Array.of(Number.NaN), Float32Array.of(Number.NaN))).toBe(true)
  expect(sameBytes(Float32Array.of(0), Float32Array.of(-0))).toBe(false)
  expect(sameBytes(Float32Array.of(0), new Float32Array(2))).toBe(false)
})
