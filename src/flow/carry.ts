import { tf } from '../tfjs.js'
import type { Shape } from './parameters.js'

/**
 * Where a layer gets the frames around its input. Over a whole signal those outside of it are zeros; in a chunked run
 * they are of the chunks before, so that both give the same samples.
 *
 * A layer that looks ahead gives its output late in a chunked run, once what it looks at is there. It computes what
 * lies inside the signal and nothing else: the first chunk is shorter by what the layer looks ahead, the last one
 * longer. All tensors are [batch, time, channels]; each name is unique in the model.
 */
export interface Carry {
  /** What a causal kernel reaches: x and the `length` frames before it. */
  extend(name: string, x: tf.Tensor3D, length: number): tf.Tensor3D
  /** What a centred kernel reaches: `half` frames before and behind each of its outputs. */
  surround(name: string, x: tf.Tensor3D, half: number): tf.Tensor3D
  /** x as layers see it that are 0 … `longest` steps late. */
  history(name: string, x: tf.Tensor3D, longest: number): (steps: number) => tf.Tensor3D
}

/** Over a whole signal: nothing is late. */
export const zeroCarry: Carry = {
  extend: (_name, x, length) => padTime(x, length, 0),
  surround: (_name, x, half) => padTime(x, half, half),
  history: (_name, x) => () => x,
}

function padTime(x: tf.Tensor3D, before: number, behind: number): tf.Tensor3D {
  return tf.pad(x, [
    [0, 0],
    [before, behind],
    [0, 0],
  ])
}

export function scopeCarry(prefix: string, carry: Carry): Carry {
  return {
    extend: (name, x, length) => carry.extend(`${prefix}.${name}`, x, length),
    surround: (name, x, half) => carry.surround(`${prefix}.${name}`, x, half),
    history: (name, x, longest) => carry.history(`${prefix}.${name}`, x, longest),
  }
}

/** Whether the chunk is the signal's first, and its last: 1 or 0. */
export interface Edges {
  readonly first: number
  readonly last: number
}

/** Takes frames from `previous` and keeps the right ones of each input for the next chunk. */
export class ChunkCarry implements Carry {
  readonly next: Record<string, tf.Tensor> = {}

  constructor(
    private readonly previous: Readonly<Record<string, tf.Tensor>>,
    private readonly edges: Edges = { first: 0, last: 0 },
  ) {}

  extend(name: string, x: tf.Tensor3D, length: number): tf.Tensor3D {
    return this.join(name, x, length)
  }

  surround(name: string, x: tf.Tensor3D, half: number): tf.Tensor3D {
    return padTime(this.join(name, x, 2 * half), 0, half * this.edges.last)
  }

  history(name: string, x: tf.Tensor3D, longest: number): (steps: number) => tf.Tensor3D {
    const joined = this.join(name, x, longest)
    const { first, last } = this.edges
    const [batch, time, channels] = x.shape
    return (steps) =>
      tf.slice(
        joined,
        [0, (longest - steps) * (1 - first), 0],
        [batch, time + steps * (last - first), channels],
      )
  }

  private join(name: string, x: tf.Tensor3D, kept: number): tf.Tensor3D {
    const joined: tf.Tensor3D = tf.concat([this.previous[name] as tf.Tensor3D, x], 1)
    const [batch, time, channels] = joined.shape
    this.next[name] = tf.slice(joined, [0, time - kept, 0], [batch, kept, channels])
    return joined
  }
}

/** Runs over a whole signal and notes which state a chunked run has to carry. */
export class CarryShapes implements Carry {
  private readonly kept: Record<string, { shape: Shape; atStart: number }> = {}

  /** The state between two chunks. */
  get shapes(): Record<string, Shape> {
    return this.shapesBefore({ first: 0 })
  }

  /** The state that a chunk takes. */
  shapesBefore({ first }: Pick<Edges, 'first'>): Record<string, Shape> {
    const entries = Object.entries(this.kept).map(([name, { shape, atStart }]) => {
      const [batch, length, channels] = shape as [number, number, number]
      return [name, [batch, length + first * (atStart - length), channels]]
    })
    return Object.fromEntries(entries)
  }

  extend(name: string, x: tf.Tensor3D, length: number): tf.Tensor3D {
    this.note(name, x, length, length)
    return zeroCarry.extend(name, x, length)
  }

  surround(name: string, x: tf.Tensor3D, half: number): tf.Tensor3D {
    this.note(name, x, 2 * half, half)
    return zeroCarry.surround(name, x, half)
  }

  history(name: string, x: tf.Tensor3D, longest: number): (steps: number) => tf.Tensor3D {
    this.note(name, x, longest, 0)
    return zeroCarry.history(name, x, longest)
  }

  private note(
    name: string,
    { shape: [batch, , channels] }: tf.Tensor3D,
    length: number,
    atStart: number,
  ): void {
    this.kept[name] = { shape: [batch, length, channels], atStart }
  }
}
