import { product } from '../../numeric/stats.js'
import { refuse } from '../refuse.js'
import type { PickleTensor } from './pickle/values.js'

const maxRank = 8
/** A tensor may repeat its storage (stride 0), up to this many elements. */
const maxRepeated = 65_536

/** One past the last element of the storage that the tensor reads; its offset when it is empty. */
export function storageEnd({ offset, shape, strides }: PickleTensor): number {
  if (shape.some((length) => length === 0)) return offset
  return shape.reduce((end, length, axis) => end + (length - 1) * strides[axis]!, offset + 1)
}

/**
 * @throws GlowcastError INVALID_MODEL when the tensor reads outside its storage, or claims more elements
 *   than the storage could give it
 */
export function checkTensorBounds(tensor: PickleTensor): void {
  const { storage, offset, shape, strides } = tensor
  const text = `shape [${shape.join(', ').slice(0, 80)}], strides [${strides.join(', ').slice(0, 80)}], offset ${offset}`
  const field = `tensor of storage ${JSON.stringify(storage.key.slice(0, 40))}`
  if (shape.length > maxRank || shape.length !== strides.length) {
    refuse(field, text, `as many strides as axes, at most ${maxRank}`)
  }
  if (product(shape) > Math.max(storage.elements, maxRepeated) || storageEnd(tensor) > storage.elements) {
    refuse(field, text, `a view of the ${storage.elements} elements there are`)
  }
}
