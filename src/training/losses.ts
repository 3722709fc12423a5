import { melFilterBank, melPresets } from '../audio/mel/mel.js'
import { mdctBasis } from '../audio/spectral/mdct.js'
import { linear } from '../flow/networks/conv1d.js'
import type { Weights } from '../flow/parameters.js'
import { priorLogProbability } from '../flow/prior.js'
import { denormalizedMel } from '../models/glowcast/mel-normalization.js'
import { projectBlocks } from '../models/glowcast/mel-projection-graph.js'
import { type BoundGlowcast, conditionOf, type GlowcastModel } from '../models/glowcast/model.js'
import { pitchCrossEntropy } from '../models/glowcast/pitch-network.js'
import { tf } from '../tfjs.js'
import { fillBand } from './band-mask.js'
import { type TrainingPhase, trainsFlow } from './config.js'
import {
  melResolution,
  type Spectra,
  smoothAbs,
  spectralEnergyDistance,
  spectraOf,
} from './spectral-energy-distance.js'

/** One batch as tensors; B crops of `frames` mel frames. */
export interface BatchTensors {
  /** MDCT coefficients [B, groups, groupSize]. */
  readonly x: tf.Tensor3D
  /** Normalised mel [B, frames + 2 * lookahead, melBands]. */
  readonly mel: tf.Tensor3D
  /** [B, groups, 2 * groupSize]. */
  readonly excitation: tf.Tensor3D | undefined
  /** Crops for the pitch network, P of them: normalised mel [P, frames + 2 * pitchLookahead, melBands], … */
  readonly pitchMel: tf.Tensor3D
  /** … 1 where voiced, [P, frames], … */
  readonly voiced: tf.Tensor2D
  /** … and log2(F0 / 200 Hz), [P, frames]. */
  readonly octaves: tf.Tensor2D
  /** Noise of the two samples, [B, groups, groupSize]; the second is unused when no spectral term is wanted. */
  readonly noise1: tf.Tensor3D
  readonly noise2: tf.Tensor3D
  /** Up to where each recording holds sound, in Hz, [B]: above it no term looks. */
  readonly bandwidthHz: tf.Tensor1D
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

/** The training objective of the design, section 2: likelihood, spectral energy distance, mel consistency, pitch. */
export function lossTerms(
  model: GlowcastModel,
  weights: Weights,
  batch: BatchTensors,
  phase: TrainingPhase,
): LossTerms {
  const bound = model.bind(weights)
  const pitch = pitchLoss(bound, batch)
  if (!trainsFlow(phase)) {
    const nothing = tf.scalar(0)
    const total = tf.mul(pitch, phase.pitch)
    return { total, negativeLogLikelihood: nothing, spectralEnergy: nothing, melL1: nothing, pitch }
  }
  const context = bound.context(batch.mel)
  const condition = conditionOf(context, batch.excitation)
  const { sampleRate } = melPresets[model.config.mel]
  const { bandwidthHz } = batch
  const firstSample = bound.sample(batch.noise1, condition)
  const x = fillBand(batch.x, firstSample, bandwidthHz, sampleRate)
  const { z, logDet } = bound.flow.forward(x, condition)
  const logLikelihood = tf.add(priorLogProbability(z), logDet)
  const negativeLogLikelihood = tf.div(tf.sum(logLikelihood), -batch.x.size)

  let spectralEnergy: tf.Tensor = tf.scalar(0)
  let melL1: tf.Tensor = tf.scalar(0)
  if (phase.spectralEnergy > 0 || phase.melConsistency > 0) {
    const { phaseProducts } = phase
    const spectra = (waveform: tf.Tensor3D) =>
      spectraOf(waveform, { seesPhase: phaseProducts > 0, bandwidthHz, sampleRate })
    const recording = spectra(withoutEnds(model, innerWaveform(model, batch.x)))
    const shipped = (sample: tf.Tensor3D) => {
      const waveform = innerWaveform(model, sample)
      const strength = phase.melProjection
      return spectra(
        strength > 0 ? projected(model, waveform, batch.mel, strength) : withoutEnds(model, waveform),
      )
    }
    const first = shipped(firstSample)
    const second = shipped(bound.sample(batch.noise2, condition))
    spectralEnergy = spectralEnergyDistance(recording, first, second, phaseProducts)
    const bank = fullBandFilters(model)
    const wanted = logBands(recording[melResolution]!.magnitude, bank)
    const distance = (sample: Spectra[]) =>
      tf.mean(smoothAbs(tf.sub(wanted, logBands(sample[melResolution]!.magnitude, bank))))
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

/** Cross-entropies of the voicing, and of the pitch classes where voiced. */
function pitchLoss(bound: BoundGlowcast, { pitchMel, voiced, octaves }: BatchTensors): tf.Tensor {
  const { voicing, pitch } = bound.pitchLogits(pitchMel)
  const voicingEntropy = tf.mean(tf.sub(tf.softplus(voicing), tf.mul(voicing, voiced)))
  const pitchEntropy = tf.sum(tf.mul(pitchCrossEntropy(pitch, octaves), voiced))
  return tf.add(voicingEntropy, tf.div(pitchEntropy, tf.add(tf.sum(voiced), 1)))
}

/**
 * Inverse MDCT by overlap-add, cut to whole hops between the starts of mel frames: what a crop's frames 2 to
 * frames − 3 lie in. [batch, groups, groupSize] → [batch, samples, 1].
 */
function innerWaveform(model: GlowcastModel, coefficients: tf.Tensor3D): tf.Tensor3D {
  const [batch, groups, groupSize] = coefficients.shape
  const windows = linear(coefficients, tf.tensor2d(mdctBasis(groupSize), [groupSize, 2 * groupSize]))
  const [left, right] = tf.split(windows, 2, 2) as [tf.Tensor3D, tf.Tensor3D]
  const size: [number, number, number] = [batch, groups - 1, groupSize]
  const sum = tf.add(tf.slice(right, [0, 0, 0], size), tf.slice(left, [0, 1, 0], size))
  // The sum starts half a group into the crop, and frames start half a hop before or after one of the mel.
  const { hopLength } = melPresets[model.config.mel]
  const skipped = (hopLength - groupSize) / 2
  const hops = Math.floor(((groups - 1) * groupSize - skipped) / hopLength)
  const waveform = tf.reshape(sum, [batch, (groups - 1) * groupSize, 1])
  return tf.slice(waveform, [0, skipped, 0], [batch, hops * hopLength, 1]) as tf.Tensor3D
}

/** A sample as it will be shipped: after one pass toward its mel. The ends, which fewer frames cover, are cut. */
function projected(
  model: GlowcastModel,
  waveform: tf.Tensor3D,
  mel: tf.Tensor3D,
  strength: number,
): tf.Tensor3D {
  const preset = melPresets[model.config.mel]
  const [batch, samples] = waveform.shape
  const hops = samples / preset.hopLength
  const overlap = preset.fftSize / preset.hopLength - 1
  const blocks = tf.reshape(waveform, [batch, hops, preset.hopLength]) as tf.Tensor3D
  const wanted = tf.slice(mel, [0, model.lookahead + 2, 0], [batch, hops - overlap, preset.melBands])
  return withoutEnds(model, projectBlocks(blocks, denormalizedMel(wanted), preset, strength))
}

/** [batch, …] of whole hops → [batch, samples, 1] without the hops at both ends that fewer frames cover. */
function withoutEnds(model: GlowcastModel, waveform: tf.Tensor3D): tf.Tensor3D {
  const { fftSize, hopLength } = melPresets[model.config.mel]
  const batch = waveform.shape[0]
  const samples = waveform.size / batch
  const cut = fftSize - hopLength
  const flat = tf.reshape(waveform, [batch, samples, 1])
  return tf.slice(flat, [0, cut, 0], [batch, samples - 2 * cut, 1]) as tf.Tensor3D
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
