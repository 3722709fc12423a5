import { invalidArgument, shapeMismatch } from '../errors.js'
import { tf } from '../tfjs.js'
import type { Carry } from './carry.js'
import type { ParameterSpecs, Weights } from './parameters.js'

/** What a flow is conditioned on, at group rate; nothing where it is empty. */
export interface Condition {
  /** [batch, time, contextChannels]: what the model knows from the mel. */
  readonly context?: tf.Tensor3D
  /** [batch, time, 2 * groupSize]: MDCT of the cosine and of the sine pulse train. */
  readonly excitation?: tf.Tensor3D
}

export interface ForwardResult {
  readonly z: tf.Tensor3D
  /** [batch], nats: log |det ∂z/∂x|. */
  readonly logDet: tf.Tensor1D
  /** [batch, time of z], nats: the part of logDet that each time step gives. */
  readonly logDetByStep: tf.Tensor2D
}

/**
 * An invertible map between audio and noise; x and z are [batch, time, channels].
 *
 * `forward` goes from audio to noise (density), `inverse` from noise to audio (synthesis). With a carry the
 * call continues a signal that was begun in an earlier chunk.
 */
export interface Bijector {
  forward(x: tf.Tensor3D, condition?: Condition, carry?: Carry): ForwardResult
  inverse(z: tf.Tensor3D, condition?: Condition, carry?: Carry): tf.Tensor3D
  /** Steps by which a chunked run is behind its input, since it looks ahead; none where absent. */
  readonly delay?: number
}

/** A bijector before it has weights. */
export interface Layer {
  readonly parameters: ParameterSpecs
  bind(weights: Weights): Bijector
}

/** @param logDetByStep [batch, time of z] */
export function forwardResult(z: tf.Tensor3D, logDetByStep: tf.Tensor2D): ForwardResult {
  return { z, logDet: tf.sum(logDetByStep, 1), logDetByStep }
}

/** Of a map whose log-determinant is the same in each time step: a number or scalar of nats. */
export function withConstantLogDet(logDetOfStep: tf.Tensor | number, z: tf.Tensor3D): ForwardResult {
  return forwardResult(z, tf.add(tf.fill([z.shape[0], z.shape[1]], 0), logDetOfStep))
}

/** Sum over time and channels: [batch, time, channels] → [batch]. */
export function sumPerItem(x: tf.Tensor): tf.Tensor1D {
  return tf.sum(x, [1, 2])
}

/** Sum over channels: [batch, time, channels] → [batch, time]. */
export function sumPerStep(x: tf.Tensor): tf.Tensor2D {
  return tf.sum(x, 2)
}

/** @throws GlowcastError SHAPE_MISMATCH unless x is [batch, time, channels] with that many channels */
export function expectChannels(field: string, x: tf.Tensor, channels: number): void {
  if (x.rank !== 3 || x.shape[2] !== channels) {
    throw shapeMismatch(field, `shape [${x.shape.join(', ')}]`, `[batch, time, ${channels}]`)
  }
}

/** @throws GlowcastError INVALID_ARGUMENT when the condition lacks the part, SHAPE_MISMATCH for other channels */
export function partOf(condition: Condition, part: keyof Condition, channels: number): tf.Tensor3D {
  const tensor = condition[part]
  if (tensor === undefined) {
    throw invalidArgument(`condition.${part}`, 'none', `[batch, time, ${channels}]`)
  }
  expectChannels(`condition.${part}`, tensor, channels)
  return tensor
}
