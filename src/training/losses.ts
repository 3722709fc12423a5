import * as tf from '@tensorflow/tfjs-core'
import { mdctBasis } from '../audio/mdct.js'
import { melFilterBank, melPresets } from '../audio/mel.js'
import { linear } from '../flow/conv1d.js'
import type { Weights } from '../flow/parameters.js'
import { priorLogProbability } from '../flow/prior.js'
import { type BoundGlowcast, conditionOf, type GlowcastModel } from '../models/glowcast.js'
import type { TrainingPhase } from './config.js'
import { magnitudes, melResolution, smoothAbs, spectralEnergyDistance } from './spectral-energy-distance.js'

/** One batch as tensors; B crops of `frames` mel frames. */
export interface BatchTensors {
  /** MDCT coefficients [B, groups, groupSize]. */
  readonly x: tf.Tensor3D
  /** Normalised mel [B, frames + 2 * margin, melBands]. */
  readonly mel: tf.Tensor3D
  /** [B, groups, 2 * groupSize]. */
  readonly excitation: tf.Tensor3D | undefined
  /** 1 where voiced, [B, frames]. */
  readonly voiced: tf.Tensor2D
  /** log2(F0 / 200 Hz), [B, frames]. */
  readonly octaves: tf.Tensor2D
  /** Noise of the two samples, [B, groups, groupSize]; unused when no spectral term is wanted. */
  readonly noise1: tf.Tensor3D
  readonly noise2: tf.Tensor3D
}

export interface LossTerms {
  /** Weighted sum: what is minimised. */
  readonly total: tf.Tensor
  /** Nats per sample, with the Gaussian constant. */
  readonly negativeLogLikelihood: tf.Tensor
  readonly spectralEnergy: tf.Tensor
  /** L1 between log-mels of the recording and of the samples, nats. */
  readonly melL1: tf.Tensor
  readonly pitch: tf.Tensor
}

/** Mel frames around the crop that the batch carries: enough for both networks. */
export function melMargin(model: GlowcastModel): number {
  return Math.max(model.lookahead, model.pitchLookahead)
}

/** The training objective of the design, section 2: likelihood, spectral energy distance, mel consistency, pitch. */
export function lossTerms(
  model: GlowcastModel,
  weights: Weights,
  batch: BatchTensors,
  phase: TrainingPhase,
): LossTerms {
  const bound = model.bind(weights)
  const context = bound.context(trimMel(model, batch.mel, model.lookahead))
  const condition = conditionOf(context, batch.excitation)
  const { z, logDet } = bound.flow.forward(batch.x, condition)
  const logLikelihood = tf.add(priorLogProbability(z), logDet)
  const negativeLogLikelihood = tf.div(tf.sum(logLikelihood), -batch.x.size)
  const pitch = pitchLoss(model, bound, batch)

  let spectralEnergy: tf.Tensor = tf.scalar(0)
  let melL1: tf.Tensor = tf.scalar(0)
  if (phase.spectralEnergy > 0 || phase.melConsistency > 0) {
    const spectraOf = (coefficients: tf.Tensor3D) => magnitudes(toBlocks(coefficients))
    const recording = spectraOf(batch.x)
    const first = spectraOf(bound.flow.inverse(batch.noise1, condition))
    const second = spectraOf(bound.flow.inverse(batch.noise2, condition))
    spectralEnergy = spectralEnergyDistance(recording, first, second)
    const bank = fullBandFilters(model)
    const wanted = logBands(recording[melResolution]!, bank)
    const distance = (sample: tf.Tensor3D[]) =>
      tf.mean(smoothAbs(tf.sub(wanted, logBands(sample[melResolution]!, bank))))
    melL1 = tf.mul(tf.add(distance(first), distance(second)), 0.5)
  }
  const weighted = [
    tf.mul(negativeLogLikelihood, phase.likelihood),
    tf.mul(spectralEnergy, phase.spectralEnergy),
    tf.mul(melL1, 2 * phase.melConsistency),
    tf.mul(pitch, phase.pitch),
  ]
  const total = weighted.reduce((sum, term) => tf.add(sum, term))
  return { total, negativeLogLikelihood, spectralEnergy, melL1, pitch }
}

function trimMel(model: GlowcastModel, mel: tf.Tensor3D, margin: number): tf.Tensor3D {
  const extra = melMargin(model) - margin
  const [batch, frames, bands] = mel.shape
  return tf.slice(mel, [0, extra, 0], [batch, frames - 2 * extra, bands])
}

/** Binary cross-entropy of the voicing, plus the F0 error in octaves where voiced. */
function pitchLoss(model: GlowcastModel, bound: BoundGlowcast, batch: BatchTensors): tf.Tensor {
  const { voicingLogit, octaves } = bound.pitch(trimMel(model, batch.mel, model.pitchLookahead))
  const entropy = tf.mean(tf.sub(tf.softplus(voicingLogit), tf.mul(voicingLogit, batch.voiced)))
  const error = tf.mul(tf.sub(octaves, batch.octaves), batch.voiced)
  const distance = tf.sum(tf.sqrt(tf.add(tf.square(error), 1e-4)))
  return tf.add(entropy, tf.mul(tf.div(distance, tf.add(tf.sum(batch.voiced), 1)), 4))
}

/**
 * Inverse MDCT by overlap-add, without the first and last half block, which need neighbours outside the
 * crop. [batch, groups, groupSize] → waveform as [batch, groups - 1, groupSize].
 */
function toBlocks(coefficients: tf.Tensor3D): tf.Tensor3D {
  const [batch, groups, groupSize] = coefficients.shape
  const windows = linear(coefficients, tf.tensor2d(mdctBasis(groupSize), [groupSize, 2 * groupSize]))
  const [left, right] = tf.split(windows, 2, 2) as [tf.Tensor3D, tf.Tensor3D]
  const size: [number, number, number] = [batch, groups - 1, groupSize]
  return tf.add(tf.slice(right, [0, 0, 0], size), tf.slice(left, [0, 1, 0], size))
}

/** Width of the linear bands above the mel's, in Hz. */
const upperBandHz = 500

/**
 * The mel's filters, and above its highest frequency linear bands up to Nyquist: consistency on the mel
 * alone drives the noise to where the mel does not look (see the design). [bins, bands], for the scale of
 * `magnitudes`.
 */
function fullBandFilters(model: GlowcastModel): tf.Tensor2D {
  const mel = melPresets[model.config.mel]
  const bins = mel.fftSize / 2 - 1
  const bank = melFilterBank(mel)
  const binHz = mel.sampleRate / mel.fftSize
  const upper = Math.floor((mel.sampleRate / 2 - mel.fMax) / upperBandHz)
  const bands = mel.melBands + upper
  const scale = Math.sqrt(0.375 * mel.fftSize)
  const filters = new Float32Array(bins * bands)
  for (let bin = 1; bin <= bins; bin++) {
    for (let band = 0; band < mel.melBands; band++) {
      filters[(bin - 1) * bands + band] = scale * bank[band * (mel.fftSize / 2 + 1) + bin]!
    }
    const upperBand = Math.floor((bin * binHz - mel.fMax) / upperBandHz)
    if (upperBand >= 0 && upperBand < upper) {
      filters[(bin - 1) * bands + mel.melBands + upperBand] = scale / upperBandHz
    }
  }
  return tf.tensor2d(filters, [bins, bands])
}

function logBands(magnitude: tf.Tensor3D, filters: tf.Tensor2D): tf.Tensor {
  return tf.log(tf.add(linear(magnitude, filters), 1e-5))
}
