/** Pickles written opcode by opcode, for tests of what torch.save would never write. */
const text = (value: string) => Buffer.from(value, 'utf8')

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export const op = {
  proto: Buffer.from([0x80, 2]),
  stop: text('.'),
  mark: text('('),
  none: text('N'),
  tuple: text('t'),
  emptyTuple: text(')'),
  emptyDict: text('}'),
  emptyList: text(']'),
  reduce: text('R'),
  build: text('b'),
  newobj: Buffer.from([0x81]),
  setItem: text('s'),
  append: text('a'),
  persistentId: text('Q'),
  global: (module: string, name: string) => text(`c${module}\n${name}\n`),
  string: (value: string) => Buffer.concat([text('X'), uint32(Buffer.byteLength(value)), text(value)]),
  int: (value: number) => Buffer.concat([text('J'), uint32(value >>> 0)]),
  /** LONG1: any whole number up to 2^62. */
  long: (value: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return Buffer.concat([Buffer.from([0x8a, 8]), bytes])
  },
  put: (index: number) => Buffer.from([0x71, index]),
  get: (index: number) => Buffer.from([0x68, index]),
}

export function pickle(...parts: Buffer[]): Buffer {
  return Buffer.concat([op.proto, ...parts, op.stop])
}

export function tupleOf(...items: Buffer[]): Buffer {
  return Buffer.concat([op.mark, ...items, op.tuple])
}

export function storage(key: string, elements: Buffer, cls = 'FloatStorage'): Buffer {
  const id = [op.string('storage'), op.global('torch', cls), op.string(key), op.string('cpu'), elements]
  return Buffer.concat([tupleOf(...id), op.persistentId])
}

export function tensor(
  of: Buffer,
  { offset = 0, shape, strides }: { offset?: number; shape: number[]; strides: number[] },
): Buffer {
  const numbers = (values: number[]) => tupleOf(...values.map(op.long))
  return Buffer.concat([
    op.global('torch._utils', '_rebuild_tensor_v2'),
    tupleOf(of, op.long(offset), numbers(shape), numbers(strides), Buffer.from([0x89]), op.emptyDict),
    op.reduce,
  ])
}

export interface ZipPart {
  readonly name: string
  readonly data: Uint8Array
  readonly method?: number
  readonly flags?: number
  /** Sizes and offset that the directory claims instead of the true ones. */
  readonly claims?: { size?: number; packed?: number; offset?: number; localName?: string }
}

/** A zip archive of stored entries, with whatever lies its directory shall tell. */
export function zip(parts: readonly ZipPart[], { entries = parts.length, comment = '' } = {}): Buffer {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, data, method = 0, flags = 0, claims = {} } of parts) {
    const local = Buffer.alloc(30)
    const localName = text(claims.localName ?? name)
    local.writeUInt32LE(0x04034b50)
    local.writeUInt16LE(method, 8)
    local.writeUInt16LE(localName.length, 26)
    const header = Buffer.alloc(46)
    header.writeUInt32LE(0x02014b50)
    header.writeUInt16LE(flags, 8)
    header.writeUInt16LE(method, 10)
    header.writeUInt32LE(claims.packed ?? data.length, 20)
    header.writeUInt32LE(claims.size ?? data.length, 24)
    header.writeUInt16LE(text(name).length, 28)
    header.writeUInt32LE(claims.offset ?? at, 42)
    directory.push(header, text(name))
    const file = Buffer.concat([local, localName, data])
    files.push(file)
    at += file.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50)
  end.writeUInt16LE(entries, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(at, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...files, central, end, text(comment)])
}

export function zipCheckpoint(data: Uint8Array, ...others: ZipPart[]): Buffer {
  return zip([{ name: 'archive/data.pkl', data }, ...others])
}
