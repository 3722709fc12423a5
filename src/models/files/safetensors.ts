import { invalidArgument, nonFinite, shapeMismatch } from '../../errors.js'
import { type HostTensor, type Shape, sizeOf } from '../../flow/parameters.js'
import { bfloat16ToFloat32, float16ToFloat32, float32ToFloat16 } from '../../numeric/float16.js'
import { plural } from '../../plural.js'
import { quoteName } from '../../short-json.js'
import { firstNonFinite } from './check-weights.js'
import { elementBytes, readSafetensorsHeader, type SafetensorsDtype } from './safetensors-header.js'

/** A tensor as read: its dtype in the file, its values as floats whatever that dtype was. */
export interface SafetensorsTensor extends HostTensor {
  readonly dtype: SafetensorsDtype
}

export interface SafetensorsFile {
  readonly tensors: Map<string, SafetensorsTensor>
  readonly metadata: Readonly<Record<string, string>>
}

export type StoredDtype = 'F32' | 'F16'

export interface WriteSafetensorsOptions {
  /** How values are stored, of all tensors or by name; F16 rounds to nearest even. Default F32. */
  readonly dtype?: StoredDtype | ((name: string) => StoredDtype)
  readonly metadata?: Readonly<Record<string, string>>
}

/** Typed views read in the machine's byte order, which on every platform of Node 20 we support is the file's. */
export function decodeFloats(dtype: SafetensorsDtype, bytes: ArrayBuffer): Float32Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(bytes)
    case 'F16':
      return float16ToFloat32(new Uint16Array(bytes))
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(bytes))
    case 'F64':
      return Float32Array.from(new Float64Array(bytes))
    case 'I64':
      return Float32Array.from(new BigInt64Array(bytes), Number)
    case 'U64':
      return Float32Array.from(new BigUint64Array(bytes), Number)
    case 'I32':
      return Float32Array.from(new Int32Array(bytes))
    case 'U32':
      return Float32Array.from(new Uint32Array(bytes))
    case 'I16':
      return Float32Array.from(new Int16Array(bytes))
    case 'U16':
      return Float32Array.from(new Uint16Array(bytes))
    case 'I8':
      return Float32Array.from(new Int8Array(bytes))
    case 'U8':
    case 'BOOL':
      return Float32Array.from(new Uint8Array(bytes))
  }
}

/** Floats are a view of the file, which saves its size in memory, where their place allows it. */
function floatsOf(dtype: SafetensorsDtype, bytes: Uint8Array): Float32Array {
  if (dtype === 'F32' && bytes.byteOffset % elementBytes.F32 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / elementBytes.F32)
  }
  // A copy, because nothing in the format aligns a tensor to its element size.
  return decodeFloats(dtype, Uint8Array.from(bytes).buffer)
}

/**
 * Read a safetensors file. Every dtype becomes float: exact for F32, F16, BF16 and small integers, rounded
 * to the nearest float for F64 and integers beyond 2^24.
 *
 * @param bytes the whole file; F32 tensors may be views of it
 * @throws GlowcastError INVALID_MODEL naming what differs; a hostile file throws nothing else
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { entries, metadata, dataOffset } = readSafetensorsHeader(bytes)
  const tensors = new Map<string, SafetensorsTensor>()
  for (const { name, dtype, shape, start, end } of entries) {
    tensors.set(name, {
      dtype,
      shape,
      data: floatsOf(dtype, bytes.subarray(dataOffset + start, dataOffset + end)),
    })
  }
  return { tensors, metadata }
}

function encode(name: string, data: Float32Array, dtype: StoredDtype): Uint8Array {
  const badIndex = firstNonFinite(data)
  if (badIndex >= 0) {
    throw nonFinite(`tensor ${quoteName(name)}`, `${data[badIndex]}`, 'finite values')
  }
  if (dtype === 'F32') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const halves = float32ToFloat16(data)
  const overflow = halves.findIndex((half) => (half & 0x7c00) === 0x7c00)
  if (overflow >= 0) {
    throw nonFinite(`tensor ${quoteName(name)}`, `${data[overflow]}`, 'at most 65504 for F16')
  }
  return new Uint8Array(halves.buffer)
}

function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function checkTensor(name: string, shape: Shape, data: Float32Array): void {
  if (name === '__metadata__') {
    throw invalidArgument('tensor name', name, 'a name that the format does not reserve')
  }
  if (sizeOf(shape) !== data.length) {
    throw shapeMismatch(
      `tensor ${quoteName(name)}`,
      plural(data.length, 'value'),
      `${sizeOf(shape)} for [${shape.join(', ')}]`,
    )
  }
}

/** How a tensor is stored. */
export function dtypeOf(name: string, { dtype = 'F32' }: WriteSafetensorsOptions): StoredDtype {
  return typeof dtype === 'function' ? dtype(name) : dtype
}

/** What stands before the tensors' bytes in a file, and the order that these come in. */
export interface SafetensorsLayout {
  readonly names: readonly string[]
  readonly prefix: Uint8Array
  readonly dataBytes: number
}

/** Tensors by name in UTF-8 order, the header padded to 8 bytes, as the reference implementation does. */
export function safetensorsLayout(
  shapes: Readonly<Record<string, Shape>>,
  options: WriteSafetensorsOptions = {},
): SafetensorsLayout {
  const { metadata = {} } = options
  const header = new Map<string, unknown>()
  const metadataEntries = Object.entries(metadata).sort(([a], [b]) => compareNames(a, b))
  if (metadataEntries.length > 0) header.set('__metadata__', Object.fromEntries(metadataEntries))
  const names = Object.keys(shapes).sort(compareNames)
  let dataBytes = 0
  for (const name of names) {
    const dtype = dtypeOf(name, options)
    const end = dataBytes + sizeOf(shapes[name]!) * elementBytes[dtype]
    header.set(name, { dtype, shape: shapes[name], data_offsets: [dataBytes, end] })
    dataBytes = end
  }
  // Joined by hand: an object would move names that look like integers to the front.
  const json = `{${[...header].map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`
  const text = new TextEncoder().encode(json)
  const headerBytes = Math.ceil(text.length / 8) * 8
  const prefix = new Uint8Array(8 + headerBytes).fill(0x20, 8)
  new DataView(prefix.buffer).setBigUint64(0, BigInt(headerBytes), true)
  prefix.set(text, 8)
  return { names, prefix, dataBytes }
}

/**
 * The bytes of one tensor in a file.
 *
 * @throws GlowcastError NON_FINITE for NaN, infinities and what overflows F16; SHAPE_MISMATCH
 */
export function encodeTensor(name: string, { shape, data }: HostTensor, dtype: StoredDtype): Uint8Array {
  checkTensor(name, shape, data)
  return encode(name, data, dtype)
}

/**
 * Write a safetensors file; equal tensors give equal bytes.
 *
 * @throws GlowcastError as `encodeTensor`
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, HostTensor>>,
  options: WriteSafetensorsOptions = {},
): Uint8Array {
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]))
  const { names, prefix, dataBytes } = safetensorsLayout(shapes, options)
  const parts = names.map((name) => encodeTensor(name, tensors[name]!, dtypeOf(name, options)))
  const file = new Uint8Array(prefix.length + dataBytes)
  let offset = 0
  for (const part of [prefix, ...parts]) {
    file.set(part, offset)
    offset += part.length
  }
  return file
}
