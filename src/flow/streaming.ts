import { tf } from '../tfjs.js'
import type { Carry } from './carry.js'

/**
 * What goes past a layer, brought to the time of the layer's output: in a chunked run a layer that looks ahead by
 * `steps` is so much late. What is never read is never carried.
 *
 * @param streams tensors [batch, time, channels] or [batch, time] by name
 */
export function aligned<Streams extends object>(carry: Carry, steps: number, streams: Streams): Streams {
  if (steps === 0) return streams
  const late = {}
  for (const name of Object.keys(streams)) {
    let made: tf.Tensor | undefined
    const get = () => {
      made ??= delayed(carry, `late.${name}`, streams[name as keyof Streams] as tf.Tensor, steps)
      return made
    }
    Object.defineProperty(late, name, { get, enumerable: true })
  }
  return late as Streams
}

function delayed(carry: Carry, name: string, x: tf.Tensor, steps: number): tf.Tensor {
  if (x.rank === 3) return carry.history(name, x as tf.Tensor3D, steps)(steps)
  return tf.squeeze(carry.history(name, tf.expandDims(x, 2), steps)(steps), [2])
}

/** x [batch, time, channels] for layers that are late by different numbers of steps, out of one history. */
export function alignedToEach(
  carry: Carry,
  name: string,
  x: tf.Tensor3D,
  delays: readonly number[],
): tf.Tensor3D[] {
  const longest = Math.max(...delays)
  if (longest === 0) return delays.map(() => x)
  return delays.map(carry.history(name, x, longest))
}
