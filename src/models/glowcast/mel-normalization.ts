import { tf } from '../../tfjs.js'

/**
 * Log-mels of speech lie about −5 ± 2.5 nats; the networks see (logMel + 5) / 2.5. Beyond the ends of a
 * signal they see silence, the floor of the preset.
 */
const center = -5
const scale = 2.5

export function normalizeLogMel(logMel: number): number {
  return (logMel - center) / scale
}

export function silentLogMel(logFloor: number): number {
  return Math.log(logFloor)
}

/** Undoes `normalizeLogMel` in a graph. */
export function denormalizedMel(normalized: tf.Tensor3D): tf.Tensor3D {
  return tf.add(tf.mul(normalized, scale), center)
}
