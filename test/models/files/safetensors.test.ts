import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GlowcastError } from '../../../src/errors.js'
import { readSafetensors, writeSafetensors } from '../../../src/models/files/safetensors.js'

function golden(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../fixtures/models/${name}.safetensors`, import.meta.url)))
}

const weight = Float32Array.from([0, 1, 2, 3, 4, 5], (value) => (value - 2.5) / 3)
const tensors = {
  'layer.1.weight': { shape: [2, 3], data: weight },
  '10': { shape: [1], data: Float32Array.of(4) },
  'layer.1.bias': { shape: [2], data: Float32Array.of(1e-3, -7.25) },
  empty: { shape: [0, 3], data: new Float32Array(0) },
}
const metadata = { format: 'golden' }

/** A file with any header and any number of data bytes. */
function craft(header: unknown, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const file = new Uint8Array(8 + text.length + dataBytes)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
  file.set(text, 8)
  return file
}

function codeOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof GlowcastError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'no error'
}

describe('writeSafetensors', () => {
  it.each(['F32', 'F16'] as const)('writes %s byte for byte as the reference package does', (dtype) => {
    const written = writeSafetensors(tensors, { dtype, metadata })
    expect(Buffer.from(written)).toEqual(Buffer.from(golden(`golden-${dtype.toLowerCase()}`)))
  })

  it('refuses what cannot be stored', () => {
    const store = (value: number, dtype: 'F32' | 'F16') =>
      codeOf(() => writeSafetensors({ w: { shape: [1], data: Float32Array.of(value) } }, { dtype }))
    expect(store(Number.NaN, 'F32')).toContain('NON_FINITE: tensor "w"')
    expect(store(65520, 'F16')).toContain('NON_FINITE: tensor "w": got 65520')
    expect(store(65519, 'F16')).toBe('no error')
    expect(codeOf(() => writeSafetensors({ w: { shape: [2, 2], data: weight } }))).toContain('SHAPE_MISMATCH')
    const reserved = { __metadata__: { shape: [1], data: Float32Array.of(1) } }
    expect(codeOf(() => writeSafetensors(reserved))).toContain('INVALID_ARGUMENT')
  })
})

describe('readSafetensors', () => {
  it('reads what it wrote, and the metadata', () => {
    const read = readSafetensors(writeSafetensors(tensors, { metadata }))
    expect(read.metadata).toEqual(metadata)
    expect([...read.tensors.keys()].sort()).toEqual(Object.keys(tensors).sort())
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      expect(read.tensors.get(name)).toEqual({ dtype: 'F32', shape, data })
    }
  })

  it('converts every dtype to floats', () => {
    const { tensors: read } = readSafetensors(golden('golden-mixed'))
    const values = (name: string) => [...read.get(name)!.data]
    expect(values('f64')).toEqual([Math.fround(0.1), -3.5])
    expect(values('f32')).toEqual([...weight])
    expect(values('f16')).toEqual([1.5, 65504, 2 ** -24])
    expect(values('i64')).toEqual([-5, 12])
    expect(values('u8')).toEqual([0, 255])
    expect(values('bool')).toEqual([1, 0, 1])
    expect(read.get('scalar')).toEqual({ dtype: 'F32', shape: [], data: Float32Array.of(3.25) })
  })

  it('reads a view in the middle of a buffer, and tensors that nothing aligns', () => {
    const file = craft('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4)
    new DataView(file.buffer).setFloat32(file.length - 4, 1.25, true)
    const shifted = new Uint8Array(file.length + 3)
    shifted.set(file, 3)
    expect(readSafetensors(shifted.subarray(3)).tensors.get('w')!.data[0]).toBe(1.25)
  })

  const entry = (dtype: unknown, shape: unknown, offsets: unknown) => ({
    dtype,
    shape,
    data_offsets: offsets,
  })
  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'safetensors file: got 0 bytes'],
    ['a header longer than the file', new Uint8Array(8).fill(255), 'at most 0 bytes'],
    ['a header that is not JSON', craft('{"a":'), 'text that does not parse'],
    [
      'a header that is not UTF-8',
      Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe),
      'text that does not parse',
    ],
    ['a header that is an array', craft([]), 'a JSON object'],
    ['a header nested too deep', craft('['.repeat(200_000)), 'text that does not parse'],
    ['metadata that is not text', craft({ __metadata__: { a: 1 } }), '__metadata__'],
    ['an entry that is a number', craft({ w: 3 }), 'tensor "w": got 3'],
    ['an unknown dtype', craft({ w: entry('F8_E4M3', [1], [0, 1]) }, 1), 'dtype: got "F8_E4M3"'],
    ['a dtype off the prototype', craft({ w: entry('toString', [1], [0, 1]) }, 1), 'dtype: got "toString"'],
    ['a negative dimension', craft({ w: entry('F32', [-1, -1], [0, 4]) }, 4), 'shape: got [-1,-1]'],
    ['a fractional dimension', craft({ w: entry('F32', [0.5, 2], [0, 4]) }, 4), 'shape: got [0.5,2]'],
    ['a shape that overflows', craft({ w: entry('U8', [2 ** 52, 2 ** 52], [0, 4]) }, 4), '4 bytes'],
    ['three offsets', craft({ w: entry('F32', [1], [0, 4, 8]) }, 8), 'data_offsets: got [0,4,8]'],
    ['offsets that descend', craft({ w: entry('F32', [1], [4, 0]) }, 4), 'data_offsets: got [4,0]'],
    [
      'a size that the shape denies',
      craft({ w: entry('F32', [2], [0, 4]) }, 4),
      'got 4 bytes, expected 8 bytes for F32',
    ],
    [
      'offsets out of range',
      craft({ w: entry('F32', [2], [0, 8]) }, 4),
      'got 4 bytes, expected 8 bytes, as the header',
    ],
    [
      'bytes that no tensor owns',
      craft({ w: entry('F32', [1], [0, 4]) }, 5),
      'got 5 bytes, expected 4 bytes',
    ],
    ['a gap', craft({ w: entry('F32', [1], [4, 8]) }, 8), 'leaving a gap'],
    [
      'tensors that overlap',
      craft({ a: entry('F32', [2], [0, 8]), b: entry('F32', [1], [4, 8]) }, 8),
      'tensor "b" data_offsets: got 4, overlapping',
    ],
  ])('refuses %s', (_, file, message) => {
    const error = codeOf(() => readSafetensors(file))
    expect(error).toMatch(/^INVALID_MODEL/)
    expect(error).toContain(message)
  })

  it('keeps a hostile name from flooding the message', () => {
    expect(codeOf(() => readSafetensors(craft({ ['x'.repeat(100_000)]: 1 }))).length).toBeLessThan(300)
  })

  it('takes __proto__ as a name like any other', () => {
    const file = craft('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1)
    expect([...readSafetensors(file).tensors.keys()]).toEqual(['__proto__'])
  })

  const anyFile = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(fc.jsonValue(), fc.nat(64)).map(([header, size]) => craft(header as object, size)),
    fc
      .tuple(
        fc.dictionary(
          fc.string({ maxLength: 4 }),
          fc.record({
            dtype: fc.constantFrom('F32', 'F16', 'U8', 'I64', 'X'),
            shape: fc.array(fc.oneof(fc.nat(4), fc.double()), { maxLength: 3 }),
            data_offsets: fc.array(fc.oneof(fc.nat(32), fc.integer()), { minLength: 1, maxLength: 3 }),
          }),
          { maxKeys: 4 },
        ),
        fc.nat(64),
      )
      .map(([header, size]) => craft(header, size)),
    fc.tuple(fc.nat(400), fc.nat(255)).map(([at, value]) => {
      const file = golden('golden-mixed')
      file[at % file.length] = value
      return file
    }),
    fc.nat(400).map((length) => golden('golden-f16').subarray(0, length)),
  )

  it('throws nothing but GlowcastError, whatever the bytes', () => {
    fc.assert(
      fc.property(anyFile, (file) => {
        const error = codeOf(() => readSafetensors(file))
        expect(error).toMatch(/^(INVALID_MODEL|no error)/)
      }),
      { numRuns: 2000, seed: 7 },
    )
  })
})
