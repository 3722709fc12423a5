import { melPresets } from '../../audio/mel/mel.js'
import type { MelConfig } from '../../audio/mel/mel-config.js'
import { highestLogMel } from '../../audio/mel/scale-check.js'
import { neighbourhood } from '../../audio/mel/sharpen.js'
import { traceToOnnx } from '../../engine/portable.js'
import { invalidArgument } from '../../errors.js'
import { mdctSqueeze } from '../../flow/bijectors/mdct-squeeze.js'
import { linear } from '../../flow/networks/conv1d.js'
import type { HostTensor } from '../../flow/parameters.js'
import { tf } from '../../tfjs.js'
import { weightInputs, weightsFrom } from '../weight-inputs.js'
import { excitationGraph } from './excitation-graph.js'
import { normalizeLogMel, silentLogMel } from './mel-normalization.js'
import { projectRepeatedly } from './mel-projection-graph.js'
import { conditionOf, type GlowcastModel } from './model.js'
import { octavesToHz } from './pitch-network.js'

export interface StandaloneModel {
  readonly model: Uint8Array
  readonly inputs: Record<string, readonly number[]>
  readonly outputs: Record<string, readonly number[]>
  readonly nodeCount: number
}

/**
 * A whole `glowcast` model as one ONNX graph that any ONNX Runtime runs without our code: log-mel and noise
 * in, waveform out; the F0 and its pulse trains are computed inside. Shapes are fixed: pad shorter mels
 * with silence (the log of the preset's floor).
 *
 * There is no `PitchComb` in it, whatever the model's config says.
 *
 * Inputs `in:mel` [1, frames, melBands] (log-mel) and `in:noise` [1, groups, groupSize] (standard normal
 * times the temperature); outputs `out:waveform` [1, samples] and `out:f0` [1, frames].
 *
 * @throws GlowcastError INVALID_ARGUMENT for fewer than two frames, whose ends mirror more than there is
 */
export function standaloneOnnx(
  model: GlowcastModel,
  weights: Record<string, HostTensor>,
  frames: number,
): StandaloneModel {
  if (frames < 2) throw invalidArgument('frames', `${frames}`, 'at least 2')
  const { groupSize, excitation } = model.config
  const mel = melPresets[model.config.mel]
  const groups = frames * model.groupsPerFrame
  const inputs = { mel: [1, frames, mel.melBands], noise: [1, groups, groupSize] }
  const squeeze = mdctSqueeze(groupSize).bind({})

  function vocode(tensors: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
    const bound = model.bind(weightsFrom(tensors, model.parameters))
    const wanted = sharpened(tensors['mel'] as tf.Tensor3D, mel, model.config.sharpen)
    const normalized = normalizedMel(wanted)
    const padded = (margin: number) =>
      tf.pad(
        normalized,
        [
          [0, 0],
          [margin, margin],
          [0, 0],
        ],
        normalizeLogMel(silentLogMel(mel.logFloor)),
      )
    const { voicingLogit, octaves } = bound.pitch(padded(model.pitchLookahead))
    const hertz = tf.mul(tf.exp(tf.mul(octaves, Math.LN2)), octavesToHz(0))
    const f0 = tf.mul(hertz, tf.cast(tf.greater(voicingLogit, 0), 'float32')) as tf.Tensor2D
    let trains: tf.Tensor3D | undefined
    if (excitation) {
      const { cosine, sine } = excitationGraph(f0, mel.sampleRate, mel.hopLength)
      const transform = (train: tf.Tensor2D) => {
        const waveform = tf.reshape(train, [1, frames * mel.hopLength, 1]) as tf.Tensor3D
        return squeeze.forward(waveform, { context: waveform }).z
      }
      trains = tf.concat([transform(cosine), transform(sine)], 2) as tf.Tensor3D
    }
    const context = bound.context(padded(model.lookahead))
    const coefficients = bound.sample(tensors['noise'] as tf.Tensor3D, conditionOf(context, trains))
    const sample = tf.reshape(squeeze.inverse(coefficients, { context }), [1, frames * mel.hopLength])
    const waveform = projectRepeatedly(sample as tf.Tensor2D, wanted, mel, model.config.melProjection)
    return { waveform, f0 }
  }

  const traced = traceToOnnx(vocode, inputs, { constants: weightInputs(weights), name: 'glowcast' })
  return { model: traced.model, inputs, outputs: traced.outputShapes, nodeCount: traced.nodeCount }
}

/** `sharpenMel` as a matrix product. */
function sharpened(mel: tf.Tensor3D, { logFloor, melBands }: MelConfig, strength: number): tf.Tensor3D {
  const floor = silentLogMel(logFloor)
  const floored = tf.maximum(mel, floor) as tf.Tensor3D
  if (strength === 0) return floored
  const weights = new Float32Array(melBands * melBands)
  for (let band = 0; band < melBands; band++) {
    const { first, end } = neighbourhood(band, melBands)
    for (let i = first; i < end; i++) weights[i * melBands + band] = -strength / (end - first)
    weights[band * melBands + band]! += 1 + strength
  }
  const wanted = linear(floored, tf.tensor2d(weights, [melBands, melBands]))
  const energy = (logs: tf.Tensor) => tf.sum(tf.exp(tf.mul(logs, 2)), 2, true)
  const offset = tf.mul(tf.log(tf.div(energy(floored), energy(wanted))), 0.5)
  return tf.minimum(tf.maximum(tf.add(wanted, offset), floor), highestLogMel)
}

function normalizedMel(mel: tf.Tensor3D): tf.Tensor3D {
  const slope = normalizeLogMel(1) - normalizeLogMel(0)
  return tf.add(tf.mul(mel, slope), normalizeLogMel(0))
}
