import { describe, expect, it } from 'vitest'
import { decodeNpy, encodeNpy } from '../../../src/audio/mel/npy.js'

/** A file as NumPy writes it: version 1, the header padded to 64 bytes. */
function npyFile(header: string, values: Uint8Array): Uint8Array {
  const padded = `${header.padEnd(117)}\n`
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length, 0])
  return Buffer.concat([start, Buffer.from(padded), values])
}

const bytesOf = (values: ArrayBufferView) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

describe('.npy', () => {
  it('reads what it writes, values at a multiple of 64 bytes', () => {
    const data = Float32Array.of(1, 2, 3, 4, 5, 6)
    const bytes = encodeNpy([2, 3], data)
    expect(decodeNpy(bytes)).toEqual({ shape: [2, 3], data })
    expect((bytes.length - 24) % 64).toBe(0)
    expect(decodeNpy(encodeNpy([6], data)).shape).toEqual([6])
  })

  it('turns Fortran order into rows', () => {
    const header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }"
    const columns = Float32Array.of(1, 4, 2, 5, 3, 6)
    expect(decodeNpy(npyFile(header, bytesOf(columns))).data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6))
  })

  it('names pickled objects and records', () => {
    const header = (type: string) => `{'descr': ${type}, 'fortran_order': False, 'shape': (), }`
    const read = (type: string) => () => decodeNpy(npyFile(header(type), new Uint8Array(8)), 'x')
    expect(read("'|O'")).toThrow(/x: got pickled Python objects.*np\.save\('mel\.npy', the_dict\['mel'\]\)/)
    expect(read("[('mel', '<f4', (80,)), ('f0', '<f4')]")).toThrow(/x: got an array of records/)
  })

  it('reads float64 and float16', () => {
    const header = (type: string) => `{'descr': '${type}', 'fortran_order': False, 'shape': (2,), }`
    expect(decodeNpy(npyFile(header('<f8'), bytesOf(Float64Array.of(0.5, -2)))).data).toEqual(
      Float32Array.of(0.5, -2),
    )
    // 0x3c00 is 1 and 0xc000 is -2 in IEEE 754 half precision.
    expect(decodeNpy(npyFile(header('<f2'), bytesOf(Uint16Array.of(0x3c00, 0xc000)))).data).toEqual(
      Float32Array.of(1, -2),
    )
  })

  it('reads either order of bytes', () => {
    const header = (type: string) => `{'descr': '${type}', 'fortran_order': False, 'shape': (2,), }`
    const swapped = (values: ArrayBufferView, width: number) => {
      const bytes = Buffer.from(bytesOf(values))
      return width === 2 ? bytes.swap16() : width === 4 ? bytes.swap32() : bytes.swap64()
    }
    for (const [type, bytes] of [
      ['>f2', swapped(Uint16Array.of(0x3c00, 0xc000), 2)],
      ['>f4', swapped(Float32Array.of(1, -2), 4)],
      ['>f8', swapped(Float64Array.of(1, -2), 8)],
      ['=f4', bytesOf(Float32Array.of(1, -2))],
    ] as const) {
      expect(decodeNpy(npyFile(header(type), bytes)).data, type).toEqual(Float32Array.of(1, -2))
    }
    const quoted = header('<f4').replaceAll("'", '"')
    expect(decodeNpy(npyFile(quoted, bytesOf(Float32Array.of(1, -2)))).data).toEqual(Float32Array.of(1, -2))
  })

  it.each([
    ['an archive', Buffer.from('PK\x03\x04 and more bytes'), /a \.npz or ZIP archive/],
    ['a pickle', Buffer.from('80049500000000000000', 'hex'), /a Python pickle/],
    ['an empty file', new Uint8Array(0), /an empty file/],
    ['another file', new TextEncoder().encode('RIFF and more bytes'), /no NumPy header/],
    [
      'integers',
      npyFile("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(4)),
      /values of type <i4, expected float32/,
    ],
    [
      'pickled objects',
      npyFile("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(4)),
      /pickled Python objects/,
    ],
    [
      'a truncated file',
      npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 80), }", new Uint8Array(80)),
      /80 bytes of values, expected 640 for \[2, 80\]/,
    ],
    [
      'a shape beyond reason',
      npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (99999, 99999), }", new Uint8Array(4)),
      /9999800001 values/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeNpy(bytes)).toThrow(message)
  })
})
