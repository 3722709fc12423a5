import { invalidModel } from '../errors.js'
import { plural } from '../plural.js'
import { quoteName } from '../short-json.js'
import type { ByteSource } from './byte-source.js'

/** Where a file lies in the archive. */
export interface ZipEntry {
  readonly name: string
  readonly offset: number
  /** Of the file. */
  readonly bytes: number
  /** In the archive: as many where it is stored, and others where it is deflated. */
  readonly packedBytes: number
  readonly isDeflated: boolean
}

export interface ZipOptions {
  /** Whether entries may be deflated. Default: false. */
  readonly deflated?: boolean
}

const endSignature = 0x06054b50
const end64Signature = 0x06064b50
const locator64Signature = 0x07064b50
const centralSignature = 0x02014b50
const localSignature = 0x04034b50

const endBytes = 22
const locator64Bytes = 20
const end64Bytes = 56
const centralBytes = 46
const localBytes = 30

/** A checkpoint has an entry for each tensor; a larger directory is an attack. */
const maxEntries = 50_000
const maxDirectoryBytes = 16_000_000
const zip64ExtraId = 1
const encryptedFlag = 1
const storedMethod = 0
const deflatedMethod = 8

interface Directory {
  readonly offset: number
  readonly bytes: number
  readonly entries: number
}

/**
 * The entries of a zip archive, by name: its central directory, read within strict bounds. Nothing is
 * inflated: `torch.save` stores, and what is compressed is refused unless the caller inflates it.
 *
 * Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16 and 4.5.3.
 *
 * @throws GlowcastError INVALID_MODEL naming the entry: compressed, encrypted, twice there, overlapping
 *   another, outside the archive, or named like a path that leaves it
 */
export async function readZipDirectory(
  source: ByteSource,
  options: ZipOptions = {},
): Promise<Map<string, ZipEntry>> {
  const directory = await findDirectory(source)
  const bytes = await source.read(directory.offset, directory.bytes, 'zip directory')
  const headers = parseHeaders(bytes, directory, options)
  const entries = new Map<string, ZipEntry>()
  let used = 0
  for (const header of headers.sort((a, b) => a.offset - b.offset)) {
    if (entries.has(header.name))
      throw invalidModel(`zip entry ${quoteName(header.name)}`, 'two of that name', 'one')
    const entry = await locate(source, header, directory.offset)
    if (header.offset < used) {
      throw invalidModel(
        `zip entry ${quoteName(entry.name)}`,
        'bytes of the entry before',
        'entries that do not overlap',
      )
    }
    used = entry.offset + entry.packedBytes
    entries.set(entry.name, entry)
  }
  return entries
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  // The comment behind the end record may have 65,535 bytes.
  const tailBytes = Math.min(source.size, endBytes + 0xffff)
  const tailOffset = source.size - tailBytes
  const tail = await source.read(tailOffset, tailBytes, 'zip end record')
  const view = viewOf(tail)
  let at = tail.length - endBytes
  while (
    at >= 0 &&
    !(
      view.getUint32(at, true) === endSignature &&
      at + endBytes + view.getUint16(at + 20, true) === tail.length
    )
  )
    at--
  if (at < 0) throw invalidModel('zip archive', 'no end record', 'a whole archive (truncated?)')
  if (view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 6, true) !== 0) {
    throw invalidModel('zip archive', 'one of several parts', 'an archive in one file')
  }
  const end = tailOffset + at
  const directory = {
    entries: view.getUint16(at + 10, true),
    bytes: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  }
  const isLarge =
    directory.entries === 0xffff || directory.bytes === 0xffffffff || directory.offset === 0xffffffff
  const found = isLarge ? await findDirectory64(source, end) : directory
  if (found.entries > maxEntries)
    throw invalidModel('zip directory', `${found.entries} entries`, `at most ${maxEntries}`)
  if (found.bytes > maxDirectoryBytes)
    throw invalidModel('zip directory', plural(found.bytes, 'byte'), `at most ${maxDirectoryBytes}`)
  if (found.offset + found.bytes > end)
    throw invalidModel(
      'zip directory',
      `an end at byte ${found.offset + found.bytes}`,
      `one before byte ${end}`,
    )
  return found
}

async function findDirectory64(source: ByteSource, end: number): Promise<Directory> {
  const locator = viewOf(await source.read(end - locator64Bytes, locator64Bytes, 'zip64 locator'))
  if (locator.getUint32(0, true) !== locator64Signature)
    throw invalidModel('zip64 locator', 'none', 'one before the end record')
  const record = viewOf(
    await source.read(
      safe(locator.getBigUint64(8, true), 'zip64 end record'),
      end64Bytes,
      'zip64 end record',
    ),
  )
  if (record.getUint32(0, true) !== end64Signature)
    throw invalidModel('zip64 end record', 'none', 'one where the locator says')
  return {
    entries: safe(record.getBigUint64(32, true), 'zip64 entries'),
    bytes: safe(record.getBigUint64(40, true), 'zip64 directory size'),
    offset: safe(record.getBigUint64(48, true), 'zip64 directory offset'),
  }
}

interface Header {
  readonly name: string
  readonly nameBytes: Uint8Array
  /** Of the local header. */
  readonly offset: number
  readonly bytes: number
  readonly packedBytes: number
  readonly method: number
}

function parseHeaders(bytes: Uint8Array, { entries }: Directory, { deflated = false }: ZipOptions): Header[] {
  const view = viewOf(bytes)
  const headers: Header[] = []
  let at = 0
  for (let index = 0; index < entries; index++) {
    const field = `zip entry ${index}`
    if (at + centralBytes > bytes.length || view.getUint32(at, true) !== centralSignature) {
      throw invalidModel(field, 'no header', 'one in the directory')
    }
    const nameEnd = at + centralBytes + view.getUint16(at + 28, true)
    const extraEnd = nameEnd + view.getUint16(at + 30, true)
    const next = extraEnd + view.getUint16(at + 32, true)
    if (next > bytes.length) throw invalidModel(field, 'a header that is cut off', 'it in the directory')
    const nameBytes = bytes.subarray(at + centralBytes, nameEnd)
    const name = new TextDecoder().decode(nameBytes)
    checkName(name)
    const named = `zip entry ${quoteName(name)}`
    if ((view.getUint16(at + 8, true) & encryptedFlag) !== 0) throw invalidModel(named, 'encryption', 'none')
    const method = view.getUint16(at + 10, true)
    if (method !== storedMethod && !(deflated && method === deflatedMethod)) {
      const expected = deflated ? 'stored or deflated bytes' : 'stored bytes, as torch.save writes them'
      throw invalidModel(named, `compression ${method}`, expected)
    }
    const large = extraNumbers(view, nameEnd, extraEnd, named)
    const number = (offset: number) => {
      const value = view.getUint32(offset, true)
      return value === 0xffffffff ? large() : value
    }
    const size = number(at + 24)
    const packed = number(at + 20)
    const offset = number(at + 42)
    if (method === storedMethod && size !== packed)
      throw invalidModel(named, `${plural(packed, 'byte')} stored of ${size}`, 'the same number')
    headers.push({ name, nameBytes, offset, bytes: size, packedBytes: packed, method })
    at = next
  }
  if (at !== bytes.length)
    throw invalidModel('zip directory', `${plural(bytes.length - at, 'byte')} behind its last entry`, 'none')
  return headers
}

/** The 64-bit numbers of the zip64 extra field, one after the other. */
function extraNumbers(view: DataView, start: number, end: number, field: string): () => number {
  let at = start
  while (at + 4 <= end && view.getUint16(at, true) !== zip64ExtraId) at += 4 + view.getUint16(at + 2, true)
  const stop = at + 4 <= end ? Math.min(end, at + 4 + view.getUint16(at + 2, true)) : at
  let next = at + 4
  return () => {
    if (next + 8 > stop) throw invalidModel(field, 'no zip64 numbers', 'those that its header refers to')
    next += 8
    return safe(view.getBigUint64(next - 8, true), field)
  }
}

/** Entries are looked up by name and never written anywhere, but an archive with such names is no checkpoint. */
function checkName(name: string): void {
  const parts = name.split('/')
  const isPlain =
    name !== '' &&
    !name.startsWith('/') &&
    !/[\\\0]/.test(name) &&
    !/^[a-z]:/i.test(name) &&
    !parts.includes('..')
  if (!isPlain) throw invalidModel('zip entry', `the name ${quoteName(name)}`, 'a path inside the archive')
}

async function locate(source: ByteSource, header: Header, end: number): Promise<ZipEntry> {
  const field = `zip entry ${quoteName(header.name)}`
  const local = viewOf(await source.read(header.offset, localBytes, field))
  if (local.getUint32(0, true) !== localSignature)
    throw invalidModel(field, 'no local header', 'one where the directory says')
  const nameLength = local.getUint16(26, true)
  const name = await source.read(header.offset + localBytes, nameLength, field)
  if (Buffer.compare(name, header.nameBytes) !== 0)
    throw invalidModel(field, 'another name in its local header', 'the same')
  if (local.getUint16(8, true) !== header.method)
    throw invalidModel(field, 'another compression in its local header', 'the same')
  const offset = header.offset + localBytes + nameLength + local.getUint16(28, true)
  const { name: entryName, bytes, packedBytes, method } = header
  if (offset + packedBytes > end)
    throw invalidModel(
      field,
      `an end at byte ${offset + packedBytes}`,
      `one before the directory, byte ${end}`,
    )
  return { name: entryName, offset, bytes, packedBytes, isDeflated: method === deflatedMethod }
}

function safe(value: bigint, field: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalidModel(field, `${value}`, 'a number inside the file')
  return Number(value)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
