import { logMel, melPresets } from '../../../../src/audio/mel/mel.js'
import { predictionResidual } from '../../../../src/audio/pitch/linear-prediction.js'
import { invertMatrix } from '../../../../src/numeric/matrix.js'
import { decibels, meanSquare } from '../../../../src/numeric/stats.js'
import { deepDropouts } from '../../../../src/scoring/texture/faults/dropouts.js'
import { largestOf } from '../../../../src/scoring/texture/faults/spans.js'
import { measureSound } from '../../../../src/scoring/texture/features/sound-measures.js'
import { median } from '../figures.js'
import { principalSubspace, unexplainedShare } from './principal-subspace.js'
import { fingerprintDistance } from './residual-fingerprint.js'

/** A detector fitted on clean recordings: higher means less normal. */
export interface Baseline {
  readonly name: string
  score(waveform: Float32Array): number
}

const mel = melPresets['nvidia-22k']
const { sampleRate, melBands } = mel
/** Mel frames that a patch joins, dimensions of the subspace, and patches that fit it. */
const patchFrames = 3
const subspaceSize = 32
const maxPatches = 8000

/** How far a plain measure is from its median over clean recordings, either way. */
function twoSided(
  name: string,
  measure: (waveform: Float32Array) => number,
  clean: readonly Float32Array[],
): Baseline {
  const normal = median(clean.map(measure))
  return { name, score: (waveform) => Math.abs(measure(waveform) - normal) }
}

function levelDb(waveform: Float32Array): number {
  return decibels(meanSquare(waveform) + 1e-12)
}

/** Largest prediction residual against the mean size of its 10 ms. */
function clickiness(waveform: Float32Array): number {
  const residual = predictionResidual(waveform, sampleRate)
  const length = Math.round(0.01 * sampleRate)
  let worst = 0
  for (let start = 0; start + length <= residual.length; start += length) {
    const block = residual.subarray(start, start + length)
    const size = block.reduce((sum, value) => sum + Math.abs(value), 0) / length
    worst = Math.max(worst, block.reduce((peak, value) => Math.max(peak, Math.abs(value)), 0) / (size + 1e-4))
  }
  return worst
}

function melPatches(waveform: Float32Array): Float64Array[] {
  const { data, frames } = logMel(waveform, mel)
  return Array.from({ length: frames - patchFrames + 1 }, (_, t) =>
    Float64Array.from(data.subarray(t * melBands, (t + patchFrames) * melBands)),
  )
}

/** Mean over frames of the Mahalanobis distance of the log-mel under one Gaussian of all frames. */
function melMahalanobis(clean: readonly Float32Array[]): (waveform: Float32Array) => number {
  const frames = clean.flatMap((waveform) => {
    const { data, frames } = logMel(waveform, mel)
    return Array.from({ length: frames }, (_, t) => data.subarray(t * melBands, (t + 1) * melBands))
  })
  const mean = Float64Array.from(
    { length: melBands },
    (_, band) => frames.reduce((sum, frame) => sum + frame[band]!, 0) / frames.length,
  )
  const covariance = new Float64Array(melBands * melBands)
  for (const frame of frames) {
    for (let a = 0; a < melBands; a++) {
      for (let b = 0; b < melBands; b++)
        covariance[a * melBands + b]! += ((frame[a]! - mean[a]!) * (frame[b]! - mean[b]!)) / frames.length
    }
  }
  for (let a = 0; a < melBands; a++) covariance[a * melBands + a]! += 1e-3
  const { inverse } = invertMatrix(covariance, melBands)
  return (waveform) => {
    const { data, frames: count } = logMel(waveform, mel)
    let total = 0
    for (let t = 0; t < count; t++) {
      let distance = 0
      for (let a = 0; a < melBands; a++) {
        const left = data[t * melBands + a]! - mean[a]!
        for (let b = 0; b < melBands; b++)
          distance += left * inverse[a * melBands + b]! * (data[t * melBands + b]! - mean[b]!)
      }
      total += Math.sqrt(Math.max(0, distance))
    }
    return total / count
  }
}

function melReconstructionError(clean: readonly Float32Array[]): (waveform: Float32Array) => number {
  const patches = clean.flatMap(melPatches)
  const step = Math.max(1, Math.floor(patches.length / maxPatches))
  const subspace = principalSubspace(
    patches.filter((_, i) => i % step === 0),
    subspaceSize,
  )
  return (waveform) => unexplainedShare(melPatches(waveform), subspace)
}

/** Least variance that a frame of the background has: the rounding to 16 bits. */
const roundingVariance = 1 / 12 / 32768 ** 2

/** −log-likelihood per sample of a plain density: linear prediction, its residual Gaussian in each mel frame. */
export function backgroundNats(waveform: Float32Array): number {
  const residual = predictionResidual(waveform, sampleRate)
  const frames = Math.floor(waveform.length / mel.hopLength)
  let nats = 0
  for (let t = 0; t < frames; t++) {
    const frame = residual.subarray(t * mel.hopLength, (t + 1) * mel.hopLength)
    const variance = frame.reduce((sum, value) => sum + value * value, 0) / mel.hopLength + roundingVariance
    nats += 0.5 * Math.log(2 * Math.PI * Math.E * variance)
  }
  return nats / frames
}

/** What one would try first, each fitted on the same clean recordings. */
export function baselines(clean: readonly Float32Array[]): Baseline[] {
  return [
    twoSided('level', levelDb, clean),
    twoSided('spectral flatness', (x) => measureSound(x, sampleRate).sound.flatnessDb, clean),
    { name: 'LPC click', score: clickiness },
    { name: 'power gap', score: (x) => largestOf(deepDropouts(x, sampleRate)) },
    { name: 'residual fingerprint', score: fingerprintDistance(clean) },
    twoSided('mel reconstruction', melReconstructionError(clean), clean),
    twoSided('mel Mahalanobis', melMahalanobis(clean), clean),
  ]
}
