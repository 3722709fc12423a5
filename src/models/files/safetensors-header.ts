import type { Shape } from '../../flow/parameters.js'
import { product } from '../../numeric/stats.js'
import { plural } from '../../plural.js'
import { quoteName, shortJson } from '../../short-json.js'
import { refuse } from '../refuse.js'

/** Bytes per element of every dtype that is read; narrower float formats are refused by name. */
export const elementBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  U64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const

export type SafetensorsDtype = keyof typeof elementBytes

/** Where one tensor lies: `start` and `end` count bytes from the end of the header. */
interface TensorEntry {
  readonly name: string
  readonly dtype: SafetensorsDtype
  readonly shape: Shape
  readonly start: number
  readonly end: number
}

export interface SafetensorsHeader {
  readonly entries: readonly TensorEntry[]
  readonly metadata: Readonly<Record<string, string>>
  /** Where the tensors' bytes begin in the file. */
  readonly dataOffset: number
}

/** The bound of the reference implementation: a header of 100 MB is an attack, not a model. */
const maxHeaderBytes = 100_000_000
const lengthBytes = 8

function describe(value: unknown): string {
  return shortJson(value, 80)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    refuse('safetensors header', 'text that does not parse', 'JSON in UTF-8', cause)
  }
  if (!isObject(parsed)) refuse('safetensors header', describe(parsed), 'a JSON object')
  return parsed
}

function parseMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {}
  const isText = isObject(value) && Object.values(value).every((entry) => typeof entry === 'string')
  if (!isText) refuse('safetensors __metadata__', describe(value), 'an object of strings')
  return value as Record<string, string>
}

function parseEntry(name: string, value: unknown): TensorEntry {
  const field = `tensor ${quoteName(name)}`
  if (!isObject(value)) refuse(field, describe(value), 'an object with dtype, shape and data_offsets')
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(elementBytes, dtype)) {
    refuse(`${field} dtype`, describe(dtype), `one of ${Object.keys(elementBytes).join(', ')}`)
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    refuse(`${field} shape`, describe(shape), 'an array of non-negative integers')
  }
  const [start, end, ...others] = Array.isArray(offsets) ? offsets : []
  if (!isCount(start) || !isCount(end) || start > end || others.length > 0) {
    refuse(`${field} data_offsets`, describe(offsets), 'two ascending non-negative integers')
  }
  const known = dtype as SafetensorsDtype
  const wanted = elementBytes[known] * product(shape as number[])
  if (wanted !== end - start) {
    refuse(field, plural(end - start, 'byte'), `${plural(wanted, 'byte')} for ${known} ${describe(shape)}`)
  }
  return { name, dtype: known, shape, start, end }
}

/** Tensors must tile the data without gap or overlap, so that no byte has two readings, or none. */
function checkTiling(entries: TensorEntry[], dataBytes: number): void {
  let position = 0
  for (const { name, start, end } of entries) {
    if (start !== position) {
      const how = start < position ? 'overlapping the tensor before' : 'leaving a gap'
      refuse(`tensor ${quoteName(name)} data_offsets`, `${start}, ${how}`, `${position}`)
    }
    position = end
  }
  if (position !== dataBytes) {
    refuse('safetensors data', plural(dataBytes, 'byte'), `${plural(position, 'byte')}, as the header says`)
  }
}

/**
 * Read and check the header of a safetensors file: u64 length (little-endian), JSON, tensor bytes.
 *
 * @param bytes the whole file
 * @throws GlowcastError INVALID_MODEL naming what differs: length, JSON, dtype, shape, offsets, size
 */
export function readSafetensorsHeader(bytes: Uint8Array): SafetensorsHeader {
  if (bytes.byteLength < lengthBytes) {
    refuse('safetensors file', plural(bytes.byteLength, 'byte'), `at least ${plural(lengthBytes, 'byte')}`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getBigUint64(0, true)
  const longest = Math.min(maxHeaderBytes, bytes.byteLength - lengthBytes)
  if (length > BigInt(longest)) {
    refuse(
      'safetensors header',
      `a length of ${plural(Number(length), 'byte')}`,
      `at most ${plural(longest, 'byte')} in this file`,
    )
  }
  const dataOffset = lengthBytes + Number(length)
  const { __metadata__: metadata, ...tensors } = parseJson(bytes.subarray(lengthBytes, dataOffset))
  const entries = Object.entries(tensors)
    .map(([name, value]) => parseEntry(name, value))
    .sort((a, b) => a.start - b.start || a.end - b.end)
  checkTiling(entries, bytes.byteLength - dataOffset)
  return { entries, metadata: parseMetadata(metadata), dataOffset }
}
