import { describe, expect, it } from 'vitest'
import { Checkpoint } from '../../../src/models/pytorch/checkpoint.js'
import {
  PickleConstant,
  type PickleDict,
  PickleSet,
  PickleTensor,
  type PickleTuple,
} from '../../../src/models/pytorch/pickle/values.js'
import { bytesSource } from '../../io/bytes-source.js'
import { checkpointBytes, expectedValues } from '../waveglow/import/fixtures.js'
import { op, pickle, storage, tensor, tupleOf, zipCheckpoint } from './pickle-bytes.js'

const names = [
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
]
const views = ['base', 'transposed', 'slice', 'every-other', 'row', 'permuted', 'expanded', 'scalar', 'empty']

describe.each(['tensors', 'tensors-legacy'])('a checkpoint that torch saved, %s', (name) => {
  async function opened(): Promise<{ checkpoint: Checkpoint; root: PickleDict }> {
    const checkpoint = await Checkpoint.from(bytesSource(await checkpointBytes(name)))
    return { checkpoint, root: checkpoint.value as PickleDict }
  }

  it.each([...names, ...views, 'parameter'])('gives the values of %s', async (key) => {
    const { checkpoint, root } = await opened()
    const expected = (await expectedValues('tensors'))(key)
    const tensor = root.entries.get(key)
    expect(tensor).toBeInstanceOf(PickleTensor)
    const { shape, data } = await checkpoint.read(tensor as PickleTensor)
    expect(shape).toEqual(expected.shape)
    expect(data).toEqual(expected.data)
  })

  it('shares the storage of views', async () => {
    const { root } = await opened()
    const storages = ['base', 'transposed', 'slice', 'row'].map(
      (key) => (root.entries.get(key) as PickleTensor).storage,
    )
    expect(new Set(storages).size).toBe(1)
  })

  it('gives containers and numbers', async () => {
    const { root } = await opened()
    const other = (root.entries.get('other') as PickleDict).entries
    expect(other.get('list')).toEqual([1, -2, 300, 70000, 2 ** 40, 2n ** 70n, 0.5, true, null, 'text'])
    const lengths = (other.get('tuple') as PickleTuple).items.map(
      (item) => (item as PickleTuple).items.length,
    )
    expect(lengths).toEqual([0, 1, 2, 4])
    expect((other.get('size') as PickleTuple).items).toEqual([2, 3])
    expect(other.get('device')).toEqual(new PickleConstant('cpu'))
    expect(other.get('dtype')).toEqual(new PickleConstant('torch.float16'))
    expect(other.get(5)).toBe('five')
  })
})

describe('a checkpoint', () => {
  async function refusal(bytes: Uint8Array): Promise<string> {
    return Checkpoint.from(bytesSource(bytes)).then(
      () => 'nothing refused',
      (error: Error) => error.message,
    )
  }

  it('of a big-endian machine is refused', async () => {
    const order = { name: 'archive/byteorder', data: Buffer.from('big') }
    expect(await refusal(zipCheckpoint(pickle(op.none), order))).toMatch(
      /byte order: got "big", expected little/,
    )
    const legacy = Buffer.from(await checkpointBytes('tensors-legacy'))
    const flag = legacy.indexOf('little_endian') + 'little_endian'.length + 2
    expect(legacy[flag]).toBe(0x88)
    legacy[flag] = 0x89
    expect(await refusal(legacy)).toMatch(/byte order: got big/)
  })

  it('of TorchScript is refused by name', async () => {
    const constants = { name: 'archive/constants.pkl', data: pickle(op.none) }
    expect(await refusal(zipCheckpoint(pickle(op.none), constants))).toMatch(/TorchScript/)
  })

  it('may hold what torch below 1.3 wrote into modules', async () => {
    const backend = [
      op.global('torch.nn.backends.thnn', '_get_thnn_function_backend'),
      op.emptyTuple,
      op.reduce,
    ]
    const set = [op.global('__builtin__', 'set'), tupleOf(op.emptyList), op.reduce]
    const onGpu = tensor(storage('7', op.int(2), 'HalfStorage'), { shape: [2], strides: [1] })
    const parameter = [op.global('torch.nn.parameter', 'Parameter'), tupleOf(onGpu), op.reduce]
    const data = { name: 'archive/data/7', data: Buffer.from(Uint16Array.of(0x3c00, 0xc000).buffer) }
    const checkpoint = await Checkpoint.from(
      bytesSource(zipCheckpoint(pickle(tupleOf(...backend, ...set, ...parameter)), data)),
    )
    const [constant, members, read] = (checkpoint.value as PickleTuple).items
    expect(constant).toBeInstanceOf(PickleConstant)
    expect(members).toBeInstanceOf(PickleSet)
    expect((await checkpoint.read(read as PickleTensor)).data).toEqual(Float32Array.of(1, -2))
  })

  it('that is none is refused', async () => {
    expect(await refusal(new Uint8Array(0))).toMatch(/an empty file/)
    expect(await refusal(Buffer.from('RIFF....WAVE'))).toMatch(/neither a zip archive nor a pickle/)
    expect(await refusal(pickle(op.none))).toMatch(/another magic number/)
  })

  it('closes its source when it is refused, and when it is done', async () => {
    let closed = 0
    const close = async () => {
      closed += 1
    }
    await Checkpoint.from({ ...bytesSource(new Uint8Array(3)), close }).catch(() => undefined)
    expect(closed).toBe(1)
    const good = await Checkpoint.from({ ...bytesSource(await checkpointBytes('tensors')), close })
    await good.close()
    expect(closed).toBe(2)
  })

  it('reads no more of a storage than the tensor looks at', async () => {
    const source = bytesSource(await checkpointBytes('tensors'))
    const reads: number[] = []
    const checkpoint = await Checkpoint.from({
      ...source,
      read(offset, length, what) {
        reads.push(length)
        return source.read(offset, length, what)
      },
    })
    const root = checkpoint.value as PickleDict
    reads.length = 0
    await checkpoint.read(root.entries.get('row') as PickleTensor)
    expect(reads).toEqual([6 * 4])
  })
})
