import { blurMel } from '../../audio/mel/degrade.js'
import { type MelConfig, melFilterBank } from '../../audio/mel/mel.js'
import {
  coarseDetail,
  fineDetail,
  gainBlurs,
  maxGain,
  melBins,
  tolerance,
  topBands,
} from '../../audio/mel-refinement/gains.js'
import { minimumWeight } from '../../audio/mel-refinement/projection.js'
import { hannWindow } from '../../audio/spectral/stft.js'
import { linear } from '../../flow/networks/conv1d.js'
import { tf } from '../../tfjs.js'

/**
 * One pass of `MelProjection` as TF.js operations, for training and for models that must run without our code.
 *
 * @param blocks the waveform, cut into hops at the frames' starts, [batch, frames + overlap, hopLength], where
 *   overlap is fftSize / hopLength − 1
 * @param wanted log-mel, [batch, frames, melBands]
 * @returns the projected waveform in the same blocks; the first and the last `overlap` of them lie in fewer
 *   frames than the others, and at the very edge in none
 */
export function projectBlocks(
  blocks: tf.Tensor3D,
  wanted: tf.Tensor3D,
  mel: MelConfig,
  strength = 1,
): tf.Tensor3D {
  const { fftSize, hopLength } = mel
  const [batch, count] = blocks.shape
  const perFrame = fftSize / hopLength
  const frames = count - perFrame + 1
  const bases = basesOf(mel)
  const windows = tf.concat(
    Array.from({ length: perFrame }, (_, i) => tf.slice(blocks, [0, i, 0], [batch, frames, hopLength])),
    2,
  ) as tf.Tensor3D
  const bins = fftSize / 2 + 1
  const spectrum = linear(windows, tf.tensor2d(bases.analysis, [fftSize, 2 * bins]))
  const [re, im] = tf.split(spectrum, 2, 2) as [tf.Tensor3D, tf.Tensor3D]
  const magnitudes = tf.sqrt(tf.add(tf.add(tf.square(re), tf.square(im)), 1e-12)) as tf.Tensor3D
  const actual = linear(magnitudes, tf.tensor2d(bases.bank, [bins, mel.melBands]))
  const missing = smoothed(wanted, tf.log(tf.maximum(actual, mel.logFloor)) as tf.Tensor3D)
  const bandGains = tf.exp(tf.mul(tf.minimum(missing, maxGain), strength)) as tf.Tensor3D
  const shares = tf.tensor2d(bases.shares, [mel.melBands, bins])
  const top = tf.slice(missing, [0, 0, mel.melBands - topBands], [batch, frames, topBands])
  const excess = tf.maximum(tf.sub(tf.neg(tf.mean(top, 2, true)), tolerance), 0)
  const above = tf.exp(tf.mul(excess, -strength))
  const gains = tf.add(linear(bandGains, shares), tf.mul(above, tf.tensor1d(bases.above)))
  const scaled = tf.concat([tf.mul(re, gains), tf.mul(im, gains)], 2) as tf.Tensor3D
  const parts = tf.split(linear(scaled, tf.tensor2d(bases.synthesis, [2 * bins, fftSize])), perFrame, 2)
  const sum = parts
    .map((part, i) =>
      tf.pad(part, [
        [0, 0],
        [i, perFrame - 1 - i],
        [0, 0],
      ]),
    )
    .reduce((total, part) => tf.add(total, part))
  return tf.mul(sum, tf.tensor2d(inverseWeights(mel, frames), [count, hopLength])) as tf.Tensor3D
}

/** What is missing to the wanted log-mel, that of the envelopes where it lacks detail; see src/audio/mel-refinement/gains.ts. */
function smoothed(wanted: tf.Tensor3D, actual: tf.Tensor3D): tf.Tensor3D {
  const bands = wanted.shape[2]
  const missing = tf.sub(wanted, actual) as tf.Tensor3D
  const blurring = new Float32Array(bands * bands)
  for (let band = 0; band < bands; band++) blurring[band * bands + band] = 1
  for (let i = 0; i < gainBlurs; i++) blurMel(blurring, bands, 'time')
  const detail = tf.sqrt(tf.div(bending(wanted), tf.maximum(bending(actual), 1e-12)))
  const share = tf.div(tf.sub(detail, coarseDetail), fineDetail - coarseDetail)
  const kept = tf.minimum(tf.maximum(share, 0), 1)
  const blur = tf.transpose(tf.tensor2d(blurring, [bands, bands])) as tf.Tensor2D
  const logPower = (logMel: tf.Tensor3D) => tf.log(linear(tf.exp(tf.mul(logMel, 2)) as tf.Tensor3D, blur))
  const blurred = tf.mul(tf.sub(logPower(wanted), logPower(actual)), 0.5)
  return tf.add(blurred, tf.mul(kept, tf.sub(missing, blurred))) as tf.Tensor3D
}

/** Sum of the squared second differences over the bands, [batch, frames, 1]. */
function bending(logMel: tf.Tensor3D): tf.Tensor3D {
  const [batch, frames, bands] = logMel.shape
  const part = (start: number) => tf.slice(logMel, [0, 0, start], [batch, frames, bands - 2])
  const bend = tf.sub(tf.add(part(0), part(2)), tf.mul(part(1), 2))
  return tf.sum(tf.square(bend), 2, true)
}

/**
 * The passes of `MelProjectionChain` over a whole waveform, edges included.
 *
 * @param waveform [1, frames * hopLength], at least two frames
 * @param wanted log-mel, [1, frames, melBands]
 */
export function projectRepeatedly(
  waveform: tf.Tensor2D,
  wanted: tf.Tensor3D,
  mel: MelConfig,
  { passes, momentum }: { passes: number; momentum: number },
): tf.Tensor2D {
  let before = waveform
  let now = waveform
  for (let pass = 0; pass < passes; pass++) {
    const ahead = tf.add(now, tf.mul(tf.sub(now, before), momentum)) as tf.Tensor2D
    before = now
    now = projectWhole(pass === 0 ? now : ahead, wanted, mel)
  }
  return now
}

/** `MelProjection` of a whole waveform. */
function projectWhole(waveform: tf.Tensor2D, wanted: tf.Tensor3D, mel: MelConfig): tf.Tensor2D {
  const { fftSize, hopLength } = mel
  const padding = (fftSize - hopLength) / 2
  const [batch, samples] = waveform.shape
  const mirrored = tf.mirrorPad(
    waveform,
    [
      [0, 0],
      [padding, padding],
    ],
    'reflect',
  )
  const hops = (samples + 2 * padding) / hopLength
  const blocks = tf.reshape(mirrored, [batch, hops, hopLength]) as tf.Tensor3D
  const moved = tf.reshape(projectBlocks(blocks, wanted, mel), [batch, hops * hopLength])
  return tf.slice(moved, [0, padding], [batch, samples]) as tf.Tensor2D
}

interface Bases {
  /** Windowed DFT, [fftSize, 2 * bins]: cosines, then negated sines. */
  readonly analysis: Float32Array
  /** Its inverse, windowed again, [2 * bins, fftSize]. */
  readonly synthesis: Float32Array
  /** [bins, melBands] */
  readonly bank: Float32Array
  /** Gains of bands to gains of bins, [melBands, bins], and 1 at the bins above all bands, [bins]. */
  readonly shares: Float32Array
  readonly above: Float32Array
}

const known = new WeakMap<MelConfig, Bases>()

function basesOf(mel: MelConfig): Bases {
  const bases = known.get(mel) ?? makeBases(mel)
  known.set(mel, bases)
  return bases
}

function makeBases(mel: MelConfig): Bases {
  const { fftSize, winLength, melBands } = mel
  const bins = fftSize / 2 + 1
  const window = hannWindow(winLength, fftSize)
  const analysis = new Float32Array(fftSize * 2 * bins)
  const synthesis = new Float32Array(2 * bins * fftSize)
  for (let n = 0; n < fftSize; n++) {
    for (let k = 0; k < bins; k++) {
      const angle = (2 * Math.PI * ((n * k) % fftSize)) / fftSize
      const share = (k === 0 || k === bins - 1 ? 1 : 2) / fftSize
      analysis[n * 2 * bins + k] = window[n]! * Math.cos(angle)
      analysis[n * 2 * bins + bins + k] = -window[n]! * Math.sin(angle)
      synthesis[k * fftSize + n] = share * window[n]! * Math.cos(angle)
      synthesis[(bins + k) * fftSize + n] = -share * window[n]! * Math.sin(angle)
    }
  }
  const filters = melFilterBank(mel)
  const bank = new Float32Array(bins * melBands)
  for (let band = 0; band < melBands; band++) {
    for (let bin = 0; bin < bins; bin++) bank[bin * melBands + band] = filters[band * bins + bin]!
  }
  const { end, lower, fallingShare } = melBins(mel)
  const shares = new Float32Array(melBands * bins)
  const above = Float32Array.from({ length: bins }, (_, bin) => (bin >= end ? 1 : 0))
  for (let bin = 0; bin < end; bin++) {
    // Bands are counted from 1 there.
    const band = lower[bin]! - 1
    shares[band * bins + bin] = fallingShare[bin]!
    if (fallingShare[bin]! < 1) shares[(band + 1) * bins + bin] = 1 - fallingShare[bin]!
  }
  return { analysis, synthesis, bank, shares, above }
}

/** One over the window energy that each sample of a run of frames gets. */
function inverseWeights({ fftSize, winLength, hopLength }: MelConfig, frames: number): Float32Array {
  const window = hannWindow(winLength, fftSize)
  const weight = new Float32Array((frames - 1) * hopLength + fftSize)
  for (let frame = 0; frame < frames; frame++) {
    for (let n = 0; n < fftSize; n++) weight[frame * hopLength + n]! += window[n]! ** 2
  }
  return weight.map((value) => 1 / Math.max(value, minimumWeight))
}
