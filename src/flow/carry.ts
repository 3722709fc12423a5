import * as tf from '@tensorflow/tfjs-core'
import type { Shape } from './parameters.js'

/**
 * Where a causal layer gets the frames to the left of its input. Over a whole signal these are zeros; in a
 * chunked run they are the last frames of the chunk before, so that both give the same samples.
 */
export interface Carry {
  /**
   * Whether the run is chunked: a layer that looks ahead then gives its output late, once its input is there.
   * Over a whole signal nothing is late.
   */
  readonly isChunked: boolean
  /** x: [batch, time, channels] → [batch, length + time, channels]; `name` is unique in the model. */
  extend(name: string, x: tf.Tensor3D, length: number): tf.Tensor3D
}

/** The start of a signal: zeros to the left. */
export const zeroCarry: Carry = {
  isChunked: false,
  extend: (_name, x, length) =>
    tf.pad(x, [
      [0, 0],
      [length, 0],
      [0, 0],
    ]),
}

export function scopeCarry(prefix: string, carry: Carry): Carry {
  return {
    isChunked: carry.isChunked,
    extend: (name, x, length) => carry.extend(`${prefix}.${name}`, x, length),
  }
}

/** x as it was `steps` steps before; zeros before the start. */
export function delayed(carry: Carry, name: string, x: tf.Tensor3D, steps: number): tf.Tensor3D {
  return steps === 0 ? x : tf.slice(carry.extend(name, x, steps), [0, 0, 0], x.shape)
}

/** Takes the left frames from `previous` and keeps the right ones of each input for the next chunk. */
export class ChunkCarry implements Carry {
  readonly isChunked = true
  readonly next: Record<string, tf.Tensor> = {}

  constructor(private readonly previous: Readonly<Record<string, tf.Tensor>>) {}

  extend(name: string, x: tf.Tensor3D, length: number): tf.Tensor3D {
    const left = this.previous[name] as tf.Tensor3D
    const extended = tf.concat([left, x], 1)
    const [batch, time, channels] = extended.shape
    this.next[name] = tf.slice(extended, [0, time - length, 0], [batch, length, channels])
    return extended
  }
}

/** Runs like the start of a signal and notes which state a chunked run has to carry. */
export class CarryShapes implements Carry {
  readonly isChunked = true
  readonly shapes: Record<string, Shape> = {}

  extend(name: string, x: tf.Tensor3D, length: number): tf.Tensor3D {
    this.shapes[name] = [x.shape[0], length, x.shape[2]]
    return zeroCarry.extend(name, x, length)
  }
}
