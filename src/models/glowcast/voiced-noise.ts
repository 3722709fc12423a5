import { melPresets } from '../../audio/mel/mel.js'
import { tf } from '../../tfjs.js'
import type { GlowcastConfig } from '../config/model-config.js'
import { latentBins } from './latent-order.js'

/** Pulse trains are far above 1 / this in every voiced group, and exactly 0 in the others. */
const certainty = 1e3

/**
 * Lowers the noise of the latents that stand for low frequencies where there is voice: see `voicedTemperature` of
 * the model's config. A likelihood cannot tell the phase of a harmonic, and so the flow takes some of each harmonic
 * for noise; less of it is less hoarse.
 *
 * @param noise [batch, groups, groupSize]
 * @param excitation [batch, groups, 2 * groupSize]
 */
export function withVoicedTemperature(
  noise: tf.Tensor3D,
  excitation: tf.Tensor3D | undefined,
  config: GlowcastConfig,
): tf.Tensor3D {
  if (config.voicedTemperature === undefined || excitation === undefined) return noise
  const voiced = tf.minimum(tf.mul(tf.sum(tf.abs(excitation), 2, true), certainty), 1)
  return tf.mul(noise, tf.add(tf.mul(voiced, loweredBy(config)), 1)) as tf.Tensor3D
}

/** What voicing adds to the factor of each latent: [1, 1, groupSize]. */
function loweredBy({ voicedTemperature, groupSize, ...config }: GlowcastConfig): tf.Tensor3D {
  const { factor, belowHz } = voicedTemperature!
  const binHz = melPresets[config.mel].sampleRate / 2 / groupSize
  const bins = latentBins({ ...config, groupSize })
  const steps = Float32Array.from(bins, (bin) => ((bin + 0.5) * binHz < belowHz ? factor - 1 : 0))
  return tf.tensor3d(steps, [1, 1, groupSize])
}
