import FFT from 'fft.js'
import { invalidArgument, shapeMismatch } from '../../errors.js'
import { plural } from '../../plural.js'
import type { Frames } from '../buffers/frames.js'

/**
 * Orthonormal MDCT with hop G = `groupSize` and a sine window of 2G samples.
 *
 * Block t is samples [tG, (t+1)G); its window spans [tG - G/2, tG + 3G/2), so that overlaps are centred on
 * the boundaries between blocks. The signal's outer boundaries (sample 0 and sample TG) do not overlap:
 * there the window is rectangular. Thus T frames and T·G samples map onto each other one to one by an
 * orthonormal matrix (log-det 0).
 *
 * Computed as a rotation of the sample pairs mirrored at each boundary, then a DCT-IV in each block
 * (Malvar 1990, "Lapped transforms for efficient transform/subband coding"), which is one complex FFT of
 * G/2 points (Britanak et al. 2007, "Discrete cosine and sine transforms", section 4.4).
 */
class BlockTransform {
  private readonly fft: FFT
  private readonly cos: Float64Array
  private readonly sin: Float64Array
  private readonly input: Float64Array
  private readonly output: Float64Array
  private readonly near: Float64Array
  private readonly far: Float64Array

  constructor(readonly groupSize: number) {
    if (!Number.isInteger(Math.log2(groupSize)) || groupSize < 4) {
      throw invalidArgument('groupSize', `${groupSize}`, 'a power of two of at least 4')
    }
    const half = groupSize / 2
    this.fft = new FFT(half)
    this.input = new Float64Array(groupSize)
    this.output = new Float64Array(groupSize)
    this.cos = new Float64Array(half)
    this.sin = new Float64Array(half)
    this.near = new Float64Array(half)
    this.far = new Float64Array(half)
    // The scale sqrt(2 / G) is shared between the twiddles before and after the FFT.
    const scale = (2 / groupSize) ** 0.25
    for (let n = 0; n < half; n++) {
      const angle = (Math.PI * (n + 1 / 8)) / groupSize
      this.cos[n] = scale * Math.cos(angle)
      this.sin[n] = scale * Math.sin(angle)
      this.near[n] = Math.sin((Math.PI * (half + n + 0.5)) / (2 * groupSize))
      this.far[n] = Math.cos((Math.PI * (half + n + 0.5)) / (2 * groupSize))
    }
  }

  /** Rotates the pairs mirrored at `boundary`, in place; direction 1 is analysis, -1 its inverse. */
  rotate(samples: Float64Array, boundary: number, direction: 1 | -1): void {
    for (let n = 0; n < this.near.length; n++) {
      const near = this.near[n]!
      const far = direction * this.far[n]!
      const after = samples[boundary + n]!
      const before = samples[boundary - 1 - n]!
      samples[boundary + n] = near * after - far * before
      samples[boundary - 1 - n] = near * before + far * after
    }
  }

  /** Rotated block -> coefficients. */
  analyse(block: Float64Array, from: number, coefficients: Float32Array, to: number): void {
    const size = this.groupSize
    // The phase term of the MDCT makes its kernel the DCT-IV of the block read backwards, negated.
    for (let n = 0; n < size / 2; n++) {
      this.twiddle(n, block[from + size - 1 - 2 * n]!, block[from + 2 * n]!)
    }
    this.fft.transform(this.output, this.input)
    for (let k = 0; k < size / 2; k++) {
      coefficients[to + 2 * k] = -this.real(k)
      coefficients[to + size - 1 - 2 * k] = this.imaginary(k)
    }
  }

  /** Coefficients -> rotated block: the DCT-IV is its own inverse. */
  synthesise(coefficients: Float32Array, from: number, block: Float64Array, to: number): void {
    const size = this.groupSize
    for (let n = 0; n < size / 2; n++) {
      this.twiddle(n, coefficients[from + 2 * n]!, coefficients[from + size - 1 - 2 * n]!)
    }
    this.fft.transform(this.output, this.input)
    for (let k = 0; k < size / 2; k++) {
      block[to + size - 1 - 2 * k] = -this.real(k)
      block[to + 2 * k] = this.imaginary(k)
    }
  }

  private twiddle(n: number, even: number, odd: number): void {
    this.input[2 * n] = even * this.cos[n]! + odd * this.sin[n]!
    this.input[2 * n + 1] = odd * this.cos[n]! - even * this.sin[n]!
  }

  private real(k: number): number {
    return this.output[2 * k]! * this.cos[k]! + this.output[2 * k + 1]! * this.sin[k]!
  }

  private imaginary(k: number): number {
    return this.output[2 * k + 1]! * this.cos[k]! - this.output[2 * k]! * this.sin[k]!
  }
}

/** Streaming MDCT: the frames of all pushes and the flush together equal `mdct` of the whole, bit for bit. */
export class MdctAnalyzer {
  private readonly transform: BlockTransform
  /** One block, rotated at its start, and half of the next. */
  private readonly held: Float64Array
  private count = 0

  /** @throws GlowcastError INVALID_ARGUMENT when the group size is no power of two or below 4 */
  constructor(groupSize: number) {
    this.transform = new BlockTransform(groupSize)
    this.held = new Float64Array(1.5 * groupSize)
  }

  /** Any number of samples -> the frames that they complete; a frame needs half a block beyond its own. */
  push(chunk: Float32Array): Frames {
    const size = this.transform.groupSize
    const total = this.count + chunk.length
    const frames = total < this.held.length ? 0 : Math.floor((total - size / 2) / size)
    const data = new Float32Array(frames * size)
    let frame = 0
    for (let taken = 0; taken < chunk.length; ) {
      const part = chunk.subarray(taken, taken + this.held.length - this.count)
      this.held.set(part, this.count)
      this.count += part.length
      taken += part.length
      if (this.count < this.held.length) break
      this.transform.rotate(this.held, size, 1)
      // Unvoiced stretches of an excitation are all zeros, and so are their coefficients.
      if (!isZero(this.held, size)) this.transform.analyse(this.held, 0, data, frame * size)
      frame += 1
      this.held.copyWithin(0, size)
      this.count = size / 2
    }
    return { data, frames, channels: size }
  }

  /**
   * Ends the signal: its last frame, or none when nothing was pushed. The analyzer is then as new.
   * @throws GlowcastError SHAPE_MISMATCH when the signal's length is no multiple of the group size
   */
  flush(): Frames {
    const size = this.transform.groupSize
    const left = this.count
    this.count = 0
    if (left !== 0 && left !== size) {
      const over = `${plural(left % size, 'sample')} beyond the last whole group`
      throw shapeMismatch('waveform', over, `a multiple of ${plural(size, 'sample')}`)
    }
    const data = new Float32Array(left)
    if (left > 0) this.transform.analyse(this.held, 0, data, 0)
    return { data, frames: left / size, channels: size }
  }
}

/** Streaming inverse MDCT: the samples of all pushes and the flush together equal `inverseMdct`, bit for bit. */
export class MdctSynthesizer {
  private readonly transform: BlockTransform
  /** The last block, unfinished in its second half, and room for the next. */
  private readonly held: Float64Array
  private started = false

  /** @throws GlowcastError INVALID_ARGUMENT when the group size is no power of two or below 4 */
  constructor(groupSize: number) {
    this.transform = new BlockTransform(groupSize)
    this.held = new Float64Array(2 * groupSize)
  }

  /**
   * Any number of frames [frames, groupSize] -> the samples that they complete: all but the newest half block.
   * @throws GlowcastError SHAPE_MISMATCH when the frames have another number of channels
   */
  push(frames: Frames): Float32Array {
    const size = this.transform.groupSize
    const half = size / 2
    if (frames.channels !== size) {
      throw shapeMismatch('frames', plural(frames.channels, 'channel'), `${size}`)
    }
    const early = this.started || frames.frames === 0 ? 0 : half
    const samples = new Float32Array(frames.frames * size - early)
    let written = 0
    for (let frame = 0; frame < frames.frames; frame++) {
      this.transform.synthesise(frames.data, frame * size, this.held, size)
      if (this.started) {
        this.transform.rotate(this.held, size, -1)
        samples.set(this.held.subarray(half, size), written)
        written += half
      }
      samples.set(this.held.subarray(size, size + half), written)
      written += half
      this.held.copyWithin(0, size)
      this.started = true
    }
    return samples
  }

  /** Ends the signal: its last half block, or nothing when there was no frame. The synthesizer is then as new. */
  flush(): Float32Array {
    const size = this.transform.groupSize
    if (!this.started) return new Float32Array(0)
    this.started = false
    return Float32Array.from(this.held.subarray(size / 2, size))
  }
}

/**
 * Orthonormal MDCT of a whole waveform: [frames * groupSize] -> [frames, groupSize].
 *
 * @throws GlowcastError INVALID_ARGUMENT for a group size that is no power of two or below 4,
 *   SHAPE_MISMATCH when the length is no multiple of it
 */
export function mdct(waveform: Float32Array, groupSize: number): Frames {
  const analyzer = new MdctAnalyzer(groupSize)
  const first = analyzer.push(waveform)
  const last = analyzer.flush()
  const data = new Float32Array(first.data.length + last.data.length)
  data.set(first.data)
  data.set(last.data, first.data.length)
  return { data, frames: first.frames + last.frames, channels: groupSize }
}

/**
 * Inverse of `mdct`: [frames, groupSize] -> [frames * groupSize].
 *
 * @throws GlowcastError INVALID_ARGUMENT when the number of channels is no power of two or below 4
 */
export function inverseMdct(frames: Frames): Float32Array {
  const synthesizer = new MdctSynthesizer(frames.channels)
  const first = synthesizer.push(frames)
  const waveform = new Float32Array(frames.frames * frames.channels)
  waveform.set(first)
  waveform.set(synthesizer.flush(), first.length)
  return waveform
}

/**
 * The basis of an interior frame, window included, as a matrix [groupSize, 2 * groupSize]: row k holds
 * sqrt(2/G) · sin(π(n+½)/(2G)) · cos(π/G · (n+½+G/2)(k+½)), with n counted from half a block before the block.
 */
export function mdctBasis(groupSize: number): Float32Array {
  const length = 2 * groupSize
  const basis = new Float32Array(groupSize * length)
  for (let k = 0; k < groupSize; k++) {
    for (let n = 0; n < length; n++) {
      const window = Math.sqrt(2 / groupSize) * Math.sin((Math.PI * (n + 0.5)) / length)
      basis[k * length + n] = window * Math.cos((Math.PI / groupSize) * (n + 0.5 + groupSize / 2) * (k + 0.5))
    }
  }
  return basis
}

function isZero(samples: Float64Array, count: number): boolean {
  for (let n = 0; n < count; n++) if (samples[n] !== 0) return false
  return true
}
