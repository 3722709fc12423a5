import { invalidAudio, invalidConfig } from '../../errors.js'
import { type Alignment, Framer } from '../buffers/framer.js'
import type { Frames } from '../buffers/frames.js'
import { RealFft } from './real-fft.js'

export interface StftConfig {
  /** samples in a frame, a power of two of at least 4 */
  readonly fftSize: number
  /** samples of the Hann window, centred in the frame; at most fftSize */
  readonly winLength: number
  /** samples from one frame to the next */
  readonly hopLength: number
  readonly alignment: Alignment
}

/** Periodic Hann window of `winLength` samples in the middle of `fftSize`, zero around it. */
export function hannWindow(winLength: number, fftSize = winLength): Float64Array {
  const window = new Float64Array(fftSize)
  const start = Math.floor((fftSize - winLength) / 2)
  for (let n = 0; n < winLength; n++) window[start + n] = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / winLength)
  return window
}

/** @throws GlowcastError INVALID_CONFIG */
export function checkStftConfig({ fftSize, winLength, hopLength, alignment }: StftConfig): void {
  const refuse = (field: string, got: unknown, expected: string) => {
    throw invalidConfig(field, `${got}`, expected)
  }
  if (!Number.isInteger(Math.log2(fftSize)) || fftSize < 4)
    refuse('fftSize', fftSize, 'a power of two from 4')
  if (!Number.isInteger(winLength) || winLength < 1 || winLength > fftSize) {
    refuse('winLength', winLength, `an integer from 1 to the fftSize, ${fftSize}`)
  }
  if (!Number.isInteger(hopLength) || hopLength < 1) refuse('hopLength', hopLength, 'a positive integer')
  if (alignment === 'hop-centred') {
    if (hopLength > fftSize || hopLength % 2 !== 0) {
      refuse(
        'hopLength',
        hopLength,
        `an even number up to the fftSize, ${fftSize}, as frames are hop-centred`,
      )
    }
  } else if (alignment !== 'sample-centred') refuse('alignment', alignment, 'hop-centred or sample-centred')
}

/** Streaming Hann-windowed magnitude spectra, computed in double precision. */
export class MagnitudeStft {
  readonly bins: number
  private readonly framer: Framer
  private readonly fft: RealFft
  private readonly window: Float64Array
  private readonly input: Float64Array
  private readonly output: Float64Array
  private readonly magnitudes: Float64Array

  /** @throws GlowcastError INVALID_CONFIG */
  constructor(config: StftConfig) {
    checkStftConfig(config)
    const { fftSize, winLength, hopLength, alignment } = config
    this.bins = fftSize / 2 + 1
    this.framer = new Framer({ frameLength: fftSize, hopLength, alignment })
    this.fft = new RealFft(fftSize)
    this.window = hannWindow(winLength, fftSize)
    this.input = new Float64Array(fftSize)
    this.output = new Float64Array(fftSize + 2)
    this.magnitudes = new Float64Array(this.bins)
  }

  /**
   * Turns the frames that a chunk completes into rows [frames, channels], written by `writeRow` from the
   * frame's magnitudes [fftSize / 2 + 1].
   *
   * @throws GlowcastError NON_FINITE
   */
  push(chunk: Float32Array, channels: number, writeRow: RowWriter): Frames {
    return this.collect(this.framer.framesAfter(chunk.length), channels, writeRow, (onFrame) =>
      this.framer.push(chunk, onFrame),
    )
  }

  /** Ends the signal: its remaining frames. The object is then as new. */
  flush(channels: number, writeRow: RowWriter): Frames {
    return this.collect(this.framer.framesAtEnd(), channels, writeRow, (onFrame) =>
      this.framer.flush(onFrame),
    )
  }

  private collect(
    frames: number,
    channels: number,
    writeRow: RowWriter,
    run: (onFrame: (frame: Float32Array) => void) => void,
  ): Frames {
    const data = new Float32Array(frames * channels)
    let row = 0
    run((frame) => {
      writeRow(this.transform(frame), data.subarray(row, row + channels))
      row += channels
    })
    return { data, frames, channels }
  }

  private transform(frame: Float32Array): Float64Array {
    for (let n = 0; n < frame.length; n++) this.input[n] = frame[n]! * this.window[n]!
    this.fft.forward(this.input, this.output)
    for (let k = 0; k < this.bins; k++) {
      const re = this.output[2 * k]!
      const im = this.output[2 * k + 1]!
      this.magnitudes[k] = Math.sqrt(re * re + im * im)
    }
    return this.magnitudes
  }
}

/** Fills `row` from a frame's magnitudes. */
export type RowWriter = (magnitudes: Float64Array, row: Float32Array) => void

const copyRow: RowWriter = (magnitudes, row) => row.set(magnitudes)

/** Streaming magnitude STFT: the frames of all pushes and the flush together equal `stft`, bit for bit. */
export class StftAnalyzer {
  private readonly spectra: MagnitudeStft

  /** @throws GlowcastError INVALID_CONFIG */
  constructor(config: StftConfig) {
    this.spectra = new MagnitudeStft(config)
  }

  /**
   * Any number of samples -> the frames that they complete, [frames, fftSize / 2 + 1].
   *
   * @throws GlowcastError NON_FINITE
   */
  push(chunk: Float32Array): Frames {
    return this.spectra.push(chunk, this.spectra.bins, copyRow)
  }

  /** Ends the signal: its remaining frames. The analyzer is then as new. */
  flush(): Frames {
    return this.spectra.flush(this.spectra.bins, copyRow)
  }
}

/** Whatever streams frames: pushed whole, then flushed. */
export function analyseWhole(
  analyzer: { push(chunk: Float32Array): Frames; flush(): Frames },
  waveform: Float32Array,
): Frames {
  const first = analyzer.push(waveform)
  const last = analyzer.flush()
  const data = new Float32Array(first.data.length + last.data.length)
  data.set(first.data)
  data.set(last.data, first.data.length)
  return { data, frames: first.frames + last.frames, channels: first.channels }
}

/**
 * Magnitudes of the short-time Fourier transform of a whole waveform, [frames, fftSize / 2 + 1].
 *
 * @throws GlowcastError INVALID_CONFIG, INVALID_AUDIO when the waveform is empty, NON_FINITE
 */
export function stft(waveform: Float32Array, config: StftConfig): Frames {
  if (waveform.length === 0) {
    throw invalidAudio('waveform', 'no samples', 'at least one sample')
  }
  return analyseWhole(new StftAnalyzer(config), waveform)
}
