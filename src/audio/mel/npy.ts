import { type GlowcastError, invalidMel } from '../../errors.js'
import { latin1 } from '../../io/latin1.js'
import { float16ToFloat32 } from '../../numeric/float16.js'
import { product } from '../../numeric/stats.js'
import { plural } from '../../plural.js'

export interface NpyArray {
  readonly shape: number[]
  /** Row-major, whatever the order in the file. */
  readonly data: Float32Array
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** Of each type, by its NumPy name without the order of its bytes. */
const readers: Record<
  string,
  { bytes: number; read: (view: DataView, offset: number, isLittle: boolean) => number }
> = {
  f2: {
    bytes: 2,
    read: (view, offset, isLittle) => float16ToFloat32(Uint16Array.of(view.getUint16(offset, isLittle)))[0]!,
  },
  f4: { bytes: 4, read: (view, offset, isLittle) => view.getFloat32(offset, isLittle) },
  f8: { bytes: 8, read: (view, offset, isLittle) => view.getFloat64(offset, isLittle) },
}

/** An array has at most this many axes and values; more is not a mel. */
const maxAxes = 8
const maxValues = 2 ** 30

function invalid(field: string, got: string, expected: string): GlowcastError {
  return invalidMel(field, got, expected)
}

/**
 * Decodes a NumPy .npy file, format versions 1 to 3, of float16, float32 or float64 in either order of bytes (NumPy
 * Enhancement Proposal 1, "A Simple File Format for NumPy Arrays").
 *
 * @throws GlowcastError INVALID_MEL for another type, a truncated file, or pickled objects
 */
export function decodeNpy(bytes: Uint8Array, field = '.npy file'): NpyArray {
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    throw invalid(field, foreignName(bytes), 'a .npy file')
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = bytes[6]!
  const lengthBytes = version === 1 ? 2 : 4
  if (version < 1 || version > 3 || bytes.length < 8 + lengthBytes) {
    throw invalid(field, `format version ${version}`, 'version 1 to 3')
  }
  const headerLength = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true)
  const start = 8 + lengthBytes + headerLength
  if (start > bytes.length) throw invalid(field, 'a file that ends in its header', 'a whole .npy file')
  const header = new TextDecoder().decode(bytes.subarray(8 + lengthBytes, start))
  const { descr, fortran, shape } = parseHeader(header, field)
  if (descr.endsWith('O')) {
    const expected =
      "an array of numbers: np.save('mel.npy', the_mel), of a dict np.save('mel.npy', the_dict['mel'])"
    throw invalid(field, 'pickled Python objects, such as a dict or a list of arrays', expected)
  }
  const reader = /^[<>=]/.test(descr) ? readers[descr.slice(1)] : undefined
  if (reader === undefined) {
    const expected = "float32, float64 or float16: save it with .astype('float32')"
    throw invalid(field, `values of type ${descr}`, expected)
  }
  const isLittle = !descr.startsWith('>')
  const count = product(shape)
  if (count > maxValues) throw invalid(field, plural(count, 'value'), `at most ${maxValues}`)
  if (bytes.length - start < count * reader.bytes) {
    throw invalid(
      field,
      `${plural(bytes.length - start, 'byte')} of values`,
      `${count * reader.bytes} for [${shape.join(', ')}]`,
    )
  }
  const data = Float32Array.from({ length: count }, (_, i) =>
    reader.read(view, start + i * reader.bytes, isLittle),
  )
  return { shape, data: fortran ? toRowMajor(data, shape) : data }
}

/** What a file is that is no .npy, where its first bytes tell. */
function foreignName(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file'
  const start = latin1(bytes.subarray(0, 8))
  if (start.startsWith('PK')) return 'a .npz or ZIP archive (save one array of it with np.save)'
  if (start.startsWith('\x80')) return 'a Python pickle (save the array with np.save)'
  return 'no NumPy header'
}

function parseHeader(header: string, field: string): { descr: string; fortran: boolean; shape: number[] } {
  if (/['"]descr['"]:\s*\[/.test(header)) {
    throw invalid(field, 'an array of records (a structured type)', "one array of numbers, such as a['mel']")
  }
  const descr = /['"]descr['"]:\s*['"]([^'"]+)['"]/.exec(header)?.[1]
  const order = /['"]fortran_order['"]:\s*(True|False)/.exec(header)?.[1]
  const axes = /['"]shape['"]:\s*\(([\d,\s]*)\)/.exec(header)?.[1]
  if (descr === undefined || order === undefined || axes === undefined) {
    throw invalid(
      field,
      `the header ${JSON.stringify(header.slice(0, 80))}`,
      'descr, fortran_order and shape',
    )
  }
  const shape = axes
    .split(',')
    .map((axis) => axis.trim())
    .filter((axis) => axis !== '')
    .map(Number)
  if (shape.length > maxAxes) throw invalid(field, `${shape.length} axes`, `at most ${maxAxes}`)
  return { descr, fortran: order === 'True', shape }
}

function toRowMajor(data: Float32Array, shape: readonly number[]): Float32Array {
  const result = new Float32Array(data.length)
  const strides = shape.map((_, axis) => product(shape.slice(0, axis)))
  for (let i = 0; i < data.length; i++) {
    let rest = i
    let source = 0
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const length = shape[axis]!
      source += (rest % length) * strides[axis]!
      rest = Math.floor(rest / length)
    }
    result[i] = data[source]!
  }
  return result
}

/** A float32 .npy file, version 1, row-major. */
export function encodeNpy(shape: readonly number[], data: Float32Array): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${axes}), }`
  // The values start at a multiple of 64 bytes, as NumPy writes them.
  const headerLength = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10
  const bytes = new Uint8Array(10 + headerLength + 4 * data.length)
  bytes.set(magic)
  bytes[6] = 1
  const view = new DataView(bytes.buffer)
  view.setUint16(8, headerLength, true)
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(headerLength - 1)}\n`), 10)
  data.forEach((value, i) => {
    view.setFloat32(10 + headerLength + 4 * i, value, true)
  })
  return bytes
}
