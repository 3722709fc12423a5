import type { HostTensor } from '../../flow/parameters.js'
import { type ByteSource, openFileSource } from '../../io/byte-source.js'
import { product } from '../../numeric/stats.js'
import { quoteName } from '../../short-json.js'
import { decodeFloats } from '../files/safetensors.js'
import { elementBytes } from '../files/safetensors-header.js'
import { refuse } from '../refuse.js'
import type { CheckpointContent } from './checkpoint-content.js'
import { readLegacyCheckpoint } from './legacy-checkpoint.js'
import type { PickleTensor, PickleValue } from './pickle/values.js'
import { storageEnd } from './tensor-bounds.js'
import { readZipCheckpoint } from './zip-checkpoint.js'

/** A PyTorch checkpoint: its structure in memory, its tensors in the file until they are asked for. */
export class Checkpoint {
  private constructor(
    private readonly source: ByteSource,
    private readonly content: CheckpointContent,
  ) {}

  /**
   * @throws GlowcastError IO; INVALID_MODEL for what is no checkpoint, is truncated, or holds anything but data
   */
  static async open(path: string): Promise<Checkpoint> {
    return Checkpoint.from(await openFileSource(path))
  }

  /** Takes over the source, and closes it when it is refused. */
  static async from(source: ByteSource): Promise<Checkpoint> {
    try {
      return new Checkpoint(source, await readContent(source))
    } catch (error) {
      await source.close()
      throw error
    }
  }

  get value(): PickleValue {
    return this.content.value
  }

  get format(): 'zip' | 'legacy' {
    return this.content.format
  }

  /**
   * A tensor's values, row-major, as floats whatever their dtype in the file. Only the part of the storage that
   * it looks at is read.
   *
   * @throws GlowcastError IO, INVALID_MODEL
   */
  async read(tensor: PickleTensor): Promise<HostTensor> {
    const { storage, offset, shape, strides } = tensor
    const start = this.content.offsets.get(storage.key)
    if (start === undefined) refuse(`storage ${quoteName(storage.key)}`, 'nothing', 'its numbers in the file')
    const width = elementBytes[storage.dtype]
    const span = storageEnd(tensor) - offset
    const bytes = await this.source.read(
      start + offset * width,
      span * width,
      `storage ${quoteName(storage.key)}`,
    )
    const values = decodeFloats(storage.dtype, bytes.buffer as ArrayBuffer)
    return { shape, data: isContiguous(shape, strides) ? values : gather(values, shape, strides) }
  }

  close(): Promise<void> {
    return this.source.close()
  }
}

async function readContent(source: ByteSource): Promise<CheckpointContent> {
  const start = await source.read(0, Math.min(source.size, 4), 'checkpoint')
  if (start[0] === 0x50 && start[1] === 0x4b) return readZipCheckpoint(source)
  if (start[0] === 0x80) return readLegacyCheckpoint(source)
  const got = source.size === 0 ? 'an empty file' : 'neither a zip archive nor a pickle'
  refuse('checkpoint', got, 'a file that torch.save wrote')
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis]! > 1 && strides[axis] !== expected) return false
    expected *= shape[axis]!
  }
  return true
}

function gather(values: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const result = new Float32Array(product(shape))
  const index = shape.map(() => 0)
  let from = 0
  for (let i = 0; i < result.length; i++) {
    result[i] = values[from]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= shape[axis]! * strides[axis]!
      index[axis] = 0
    }
  }
  return result
}
