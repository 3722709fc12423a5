import { describe, expect, it } from 'vitest'
import { GlowcastError } from '../../../src/errors.js'
import { Checkpoint } from '../../../src/models/pytorch/checkpoint.js'
import { findStateDict } from '../../../src/models/waveglow/import/state-dict.js'
import { bytesSource } from '../../io/bytes-source.js'
import { op, pickle, storage, tensor, tupleOf, uint32, zip, zipCheckpoint } from './pickle-bytes.js'

async function refusal(bytes: Uint8Array): Promise<GlowcastError> {
  const error: unknown = await Checkpoint.from(bytesSource(bytes)).then(
    () => new Error('nothing refused'),
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(GlowcastError)
  return error as GlowcastError
}

const call = (module: string, name: string, ...args: Buffer[]) =>
  Buffer.concat([op.global(module, name), tupleOf(...args), op.reduce])

describe('a pickle that would run something', () => {
  it.each([
    ['os.system', pickle(call('os', 'system', op.string('echo owned')))],
    ['posix.system', pickle(call('posix', 'system', op.string('echo owned')))],
    ['builtins.eval', pickle(call('builtins', 'eval', op.string('1')))],
    ['builtins.exec', pickle(call('builtins', 'exec', op.string('1')))],
    ['__builtin__.eval', pickle(call('__builtin__', 'eval', op.string('1')))],
    [
      'builtins.getattr',
      pickle(call('builtins', 'getattr', op.global('torch', 'Size'), op.string('__class__'))),
    ],
    ['builtins.__import__', pickle(call('builtins', '__import__', op.string('os')))],
    ['subprocess.Popen', pickle(call('subprocess', 'Popen', op.string('sh')))],
    ['torch.load', pickle(call('torch', 'load', op.string('/etc/passwd')))],
    ['torch.hub.load', pickle(call('torch.hub', 'load', op.string('x')))],
    ['torch.storage._load_from_bytes', pickle(call('torch.storage', '_load_from_bytes', op.string('x')))],
    ['torch._utils.os.system', pickle(call('torch._utils', 'os.system', op.string('x')))],
    ['numpy.core.multiarray.scalar', pickle(call('numpy.core.multiarray', 'scalar'))],
    ['glow.__builtins__', pickle(call('glow', '__builtins__'))],
    ['glow_older.WaveGlow', pickle(op.global('glow_older', 'WaveGlow'))],
    ['constructor.prototype', pickle(op.global('constructor', 'prototype'))],
    ['torch.__proto__', pickle(op.global('torch', '__proto__'))],
  ])('is refused by name: %s', async (name, bytes) => {
    const error = await refusal(zipCheckpoint(bytes))
    expect(error.code).toBe('INVALID_MODEL')
    expect(error.message).toContain(JSON.stringify(name))
  })

  it('is refused in the legacy format too, header included', async () => {
    expect((await refusal(pickle(call('os', 'system', op.string('x'))))).message).toContain('"os.system"')
  })

  it('is refused through STACK_GLOBAL', async () => {
    const bytes = pickle(op.string('os'), op.string('system'), Buffer.from([0x93]))
    expect((await refusal(zipCheckpoint(bytes))).message).toContain('"os.system"')
  })

  it.each([
    ['INST', Buffer.from('ios\nsystem\n')],
    ['OBJ', Buffer.from('o')],
    ['EXT1', Buffer.from([0x82, 1])],
    ['EXT2', Buffer.from([0x83, 1, 0])],
    ['EXT4', Buffer.from([0x84, 1, 0, 0, 0])],
    ['NEWOBJ_EX', Buffer.from([0x92])],
    ['PERSID', Buffer.from('P1\n')],
    ['DUP', Buffer.from('2')],
    ['0xff', Buffer.from([0xff])],
  ])('is refused by opcode: %s', async (name, bytes) => {
    const hostile = pickle(op.mark, op.string('x'), bytes)
    expect((await refusal(zipCheckpoint(hostile))).message).toContain(`opcode ${name} `)
  })

  it.each([
    [
      'BUILD of a tensor',
      [tensor(storage('0', op.int(1)), { shape: [1], strides: [1] }), op.emptyDict, op.build],
      /BUILD/,
    ],
    ['BUILD of a class', [op.global('glow', 'WN'), op.emptyDict, op.build], /BUILD/],
    [
      'BUILD with a tuple',
      [op.global('glow', 'WN'), op.emptyTuple, op.newobj, op.emptyTuple, op.build],
      /attributes/,
    ],
    [
      'a call of a record class',
      [op.global('glow', 'WaveGlow'), op.emptyTuple, op.reduce],
      /call of "glow.WaveGlow"/,
    ],
    ['a call of a string', [op.string('eval'), op.emptyTuple, op.reduce], /REDUCE/],
    ['a call of a result', [call('torch', 'Size', op.emptyTuple), op.emptyTuple, op.reduce], /REDUCE/],
    ['a dict as a key', [op.emptyDict, op.emptyDict, op.none, op.setItem], /a dict as a key/],
    [
      'a persistent id of another kind',
      [tupleOf(op.string('file'), op.string('/etc/passwd')), op.persistentId],
      /persistent id/,
    ],
    ['an append to None', [op.none, op.none, op.append], /APPEND/],
    ['an unknown memo', [op.get(9)], /nothing remembered as 9/],
    ['no value', [], /an empty stack/],
    ['two values', [op.none, op.none], /left over/],
    ['a mark alone', [op.mark], /an empty stack/],
    ['protocol 9', [Buffer.from([0x80, 9])], /protocol 9/],
  ])('is refused: %s', async (_name, parts, message) => {
    expect((await refusal(zipCheckpoint(pickle(...parts)))).message).toMatch(message)
  })

  it('sets no prototype, whatever its attributes are called', async () => {
    const attributes = [op.emptyDict, op.string('__proto__'), op.emptyDict, op.setItem]
    const bytes = pickle(op.global('glow', 'WN'), op.emptyTuple, op.newobj, ...attributes, op.build)
    const { value } = await Checkpoint.from(bytesSource(zipCheckpoint(bytes)))
    expect(Object.getPrototypeOf(value)).not.toBe(null)
    expect(({} as Record<string, unknown>)['attributes']).toBeUndefined()
  })
})

describe('a pickle that would fill memory', () => {
  const data = (bytes: number) => ({ name: 'archive/data/0', data: Buffer.alloc(bytes) })
  const of = (elements: number) => storage('0', op.long(elements))

  it.each([
    ['a storage larger than its entry', pickle(of(1000)), /16 bytes, expected 4000 bytes/],
    ['a storage without end', pickle(of(2 ** 52)), /elements/],
    ['a negative storage', pickle(of(-4)), /elements/],
    ['two sizes of one storage', pickle(tupleOf(of(4), of(5))), /two sizes/],
    [
      'a shape beyond the storage',
      pickle(tensor(of(4), { shape: [5], strides: [1] })),
      /a view of the 4 elements/,
    ],
    [
      'an offset beyond it',
      pickle(tensor(of(4), { offset: 4, shape: [1], strides: [1] })),
      /a view of the 4/,
    ],
    ['a stride beyond it', pickle(tensor(of(4), { shape: [2], strides: [2 ** 40] })), /a view of the 4/],
    [
      'a shape that only repeats',
      pickle(tensor(of(4), { shape: [2 ** 30, 2 ** 30], strides: [0, 0] })),
      /a view/,
    ],
    [
      'a shape that overflows',
      pickle(tensor(of(4), { shape: [2 ** 52, 2 ** 52, 2 ** 52], strides: [0, 0, 0] })),
      /a view/,
    ],
    ['nine axes', pickle(tensor(of(4), { shape: Array(9).fill(1), strides: Array(9).fill(1) })), /at most 8/],
    ['no strides', pickle(tensor(of(4), { shape: [2], strides: [] })), /as many strides/],
    ['a negative shape', pickle(tensor(of(4), { shape: [-2], strides: [1] })), /whole numbers from 0/],
    ['a string of 4 GB', pickle(Buffer.from('X'), uint32(0xffffffff)), /truncated/],
    ['a line without an end', pickle(Buffer.from(`c${'a'.repeat(5000)}`)), /a name without an end/],
  ])('is refused: %s', async (_name, bytes, message) => {
    expect((await refusal(zipCheckpoint(bytes, data(16)))).message).toMatch(message)
  })

  it('is refused when it has too many opcodes', async () => {
    const many = Buffer.alloc(1_100_000, 0x4e)
    expect((await refusal(zipCheckpoint(pickle(many)))).message).toMatch(/more than 1000000 opcodes/)
  })

  it('is refused before it is read when it is too long', async () => {
    const long = zipCheckpoint(Buffer.alloc(17_000_000))
    expect((await refusal(long)).message).toMatch(/17000000 bytes, expected at most 16000000/)
  })

  it('may nest as deep as it likes', async () => {
    const depth = 200_000
    const bytes = pickle(Buffer.alloc(depth, 0x5d), Buffer.alloc(depth - 1, 0x61))
    const { value } = await Checkpoint.from(bytesSource(zipCheckpoint(bytes)))
    expect(value).toHaveLength(1)
    expect(() => findStateDict(value)).toThrow(/convinv/)
  })

  it('may multiply itself, or contain itself', async () => {
    const pop = Buffer.from('0')
    // Each dict holds the one before it twice: 2^60 paths to the innermost.
    const twice = (index: number) => [
      ...[pop, op.emptyDict, op.put(index + 1)],
      ...[op.string('a'), op.get(index), op.setItem, op.string('b'), op.get(index), op.setItem],
    ]
    const levels = Array.from({ length: 60 }, (_, index) => twice(index)).flat()
    const bomb = pickle(op.emptyDict, op.put(0), ...levels)
    const cycle = pickle(op.emptyDict, op.put(0), op.string('self'), op.get(0), op.setItem)
    for (const bytes of [cycle, bomb]) {
      const { value } = await Checkpoint.from(bytesSource(zipCheckpoint(bytes)))
      expect(() => findStateDict(value)).toThrow(/no tensor convinv/)
    }
  })

  it('may not be a module that contains itself', async () => {
    const record = [op.global('glow', 'WN'), op.emptyTuple, op.newobj, op.put(0)]
    const modules = [
      op.emptyDict,
      op.string('again'),
      op.get(0),
      op.setItem,
      op.string('twice'),
      op.get(0),
      op.setItem,
    ]
    const bytes = pickle(...record, op.emptyDict, op.string('_modules'), ...modules, op.setItem, op.build)
    const { value } = await Checkpoint.from(bytesSource(zipCheckpoint(bytes)))
    expect(() => findStateDict(value)).toThrow(/modules without end/)
  })
})

describe('a zip archive', () => {
  const entry = { name: 'archive/data.pkl', data: pickle(op.none) }
  const other = (name: string, data: Uint8Array = Buffer.alloc(8)) => ({ name, data })

  it.each([
    ['compressed', zip([{ ...entry, method: 8 }]), /compression 8/],
    ['encrypted', zip([{ ...entry, flags: 1 }]), /encryption/],
    ['that inflates', zip([{ ...entry, claims: { size: 2 ** 31 } }]), /stored of 2147483648/],
    [
      'with an entry beyond its end',
      zip([{ ...entry, claims: { size: 2 ** 31, packed: 2 ** 31 } }]),
      /before the directory/,
    ],
    ['with an offset beyond its end', zip([{ ...entry, claims: { offset: 2 ** 31 } }]), /a range inside/],
    [
      'with two names',
      zip([{ ...entry, claims: { localName: 'archive/data.pk1' } }]),
      /another name in its local/,
    ],
    ['with one name twice', zip([entry, entry]), /two of that name/],
    [
      'with overlapping entries',
      zip([entry, { ...other('archive/data/0'), claims: { offset: 0, localName: 'x' } }]),
      /another name|overlap/,
    ],
    ['with a path upwards', zip([entry, other('archive/../../etc/passwd')]), /a path inside the archive/],
    ['with an absolute path', zip([entry, other('/etc/passwd')]), /a path inside the archive/],
    ['with a drive', zip([entry, other('C:/x')]), /a path inside the archive/],
    ['with backslashes', zip([entry, other('archive\\..\\x')]), /a path inside the archive/],
    ['with a NUL', zip([entry, other('archive/a\0b')]), /a path inside the archive/],
    ['without a pickle', zip([other('archive/x')]), /0 entries data.pkl/],
    ['with two pickles', zip([entry, { ...entry, name: 'b/data.pkl' }]), /2 entries data.pkl/],
    [
      'with more entries than it says',
      zip([entry, other('archive/x')], { entries: 1 }),
      /behind its last entry/,
    ],
    ['with fewer entries than it says', zip([entry], { entries: 3 }), /no header/],
    ['with an end record in its comment', zip([entry], { comment: 'PK\x05\x06' }), /^$/],
  ])('%s is refused', async (name, bytes, message) => {
    if (name.includes('comment')) return expect(await Checkpoint.from(bytesSource(bytes))).toBeDefined()
    expect((await refusal(bytes)).message).toMatch(message)
  })

  it('overlapping itself under the right names is refused', async () => {
    // The second entry's local header lies inside the data of the first.
    const inner = zip([other('archive/data/0')]).subarray(0, 30 + 'archive/data/0'.length + 8)
    const outer = zip([
      { name: 'archive/data.pkl', data: Buffer.concat([pickle(op.none), inner]) },
      { ...other('archive/data/0'), claims: { offset: 30 + 16 + pickle(op.none).length } },
    ])
    expect((await refusal(outer)).message).toMatch(/bytes of the entry before/)
  })
})
