import { tf } from '../../tfjs.js'

/** As in src/audio/excitation/excitation.ts, whose samples this gives to float32 accuracy. */
const bandShare = 0.98

/**
 * The pulse trains as TF.js operations, for models that must run without our code.
 *
 * @param f0Hz [batch, frames], 0 where unvoiced
 * @returns cosine and sine, [batch, frames * hopLength]
 */
export function excitationGraph(
  f0Hz: tf.Tensor2D,
  sampleRate: number,
  hopLength: number,
): { cosine: tf.Tensor2D; sine: tf.Tensor2D } {
  const [batch, frames] = f0Hz.shape
  const slope = slopes(f0Hz, sampleRate, hopLength)
  const voiced = tf.cast(tf.greater(slope, 0), 'float32')

  // Whole cycles of each frame are dropped before frames are summed, to keep the fraction exact in float32.
  const within = tf.cumsum(slope, 2)
  const totals = tf.slice(within, [0, 0, hopLength - 1], [batch, frames, 1])
  const starts = tf.cumsum(tf.sub(totals, tf.floor(totals)), 1, true)
  const cycles = tf.add(within, starts)
  const angle = tf.mul(tf.sub(cycles, tf.floor(cycles)), 2 * Math.PI)

  const safeSlope = tf.maximum(slope, 1e-4)
  const exact = tf.div(0.5 * bandShare, safeSlope)
  const count = tf.floor(exact)
  const half = tf.sin(tf.mul(angle, 0.5))
  const onPulse = tf.less(tf.abs(half), 1e-5)
  const next = tf.add(count, 1)
  const ratio = tf.div(tf.sin(tf.mul(tf.mul(count, angle), 0.5)), tf.where(onPulse, tf.onesLike(half), half))
  const kernelAngle = tf.mul(tf.mul(next, angle), 0.5)
  const fade = tf.sub(exact, count)
  const lastAngle = tf.mul(next, angle)
  const scale = tf.mul(tf.mul(tf.sqrt(tf.div(2, exact)), 0.5), voiced)
  const train = (sum: tf.Tensor, atPulse: tf.Tensor, top: tf.Tensor) =>
    tf.reshape(tf.mul(tf.add(tf.where(onPulse, atPulse, sum), tf.mul(fade, top)), scale), [
      batch,
      frames * hopLength,
    ]) as tf.Tensor2D
  return {
    cosine: train(tf.mul(ratio, tf.cos(kernelAngle)), count, tf.cos(lastAngle)),
    sine: train(tf.mul(ratio, tf.sin(kernelAngle)), tf.zerosLike(count), tf.sin(lastAngle)),
  }
}

/** Cycles per sample, [batch, frames, hopLength]: F0 between frame centres, held where a neighbour is unvoiced. */
function slopes(f0Hz: tf.Tensor2D, sampleRate: number, hopLength: number): tf.Tensor3D {
  const [batch, frames] = f0Hz.shape
  const half = hopLength / 2
  const edge = tf.zeros([batch, 1]) as tf.Tensor2D
  const before = tf.slice(tf.concat([edge, f0Hz], 1), [0, 0], [batch, frames])
  const after = tf.slice(tf.concat([f0Hz, edge], 1), [0, 1], [batch, frames])
  const held = (neighbour: tf.Tensor) => tf.where(tf.greater(neighbour, 0), neighbour, f0Hz)
  const row = (values: Float32Array) => tf.tensor3d(values, [1, 1, half])
  const column = (values: tf.Tensor) => tf.reshape(values, [batch, frames, 1])
  const rise = row(Float32Array.from({ length: half }, (_, i) => (i + 0.5 + half) / hopLength))
  const leave = row(Float32Array.from({ length: half }, (_, i) => (i + 0.5) / hopLength))
  const own = column(f0Hz)
  const from = column(held(before))
  const to = column(held(after))
  const first = tf.add(from, tf.mul(tf.sub(own, from), rise))
  const second = tf.add(own, tf.mul(tf.sub(to, own), leave))
  const voiced = tf.cast(tf.greater(own, 0), 'float32')
  return tf.mul(tf.div(tf.concat([first, second], 2), sampleRate), voiced) as tf.Tensor3D
}
