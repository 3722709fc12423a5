import { StftAnalyzer } from '../../../src/audio/spectral/stft.js'
import { clearedCanvas, describeCanvas, drawPlayhead, pixelMap } from '../shared/drawing.js'
import type { GrowingSignal } from './signal.js'

const fftSize = 1024
const hopLength = 256
const rows = fftSize / 2
/** Level of a full-scale sine is 0 dB; what is shown lies between. */
const lowestDb = -92
const highestDb = -24
/** Columns of the picture: more than any screen has. */
const maxColumns = 6000
/** Samples analysed for one picture, so that a long recording does not hold up the page. */
const maxSamples = 1 << 18

/**
 * Draws the spectrogram of a signal as it grows: 0 Hz to half its rate, and a playhead. A column is 12 ms at first; when
 * the picture is full, it is drawn into its own half, and a column is twice as long from then on.
 */
export class Spectrogram {
  private readonly picture: OffscreenCanvas
  private readonly ink: OffscreenCanvasRenderingContext2D
  private readonly context: CanvasRenderingContext2D
  private analyzer = makeAnalyzer()
  private signal: GrowingSignal | undefined
  private analysed = 0
  private columns = 0
  private hopsPerColumn = 1
  /** The loudest of each row in the hops of a column that is not full. */
  private readonly peaks = new Float32Array(rows)
  private hops = 0

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly name: string,
  ) {
    this.picture = new OffscreenCanvas(maxColumns, rows)
    this.ink = this.picture.getContext('2d')!
    this.context = canvas.getContext('2d')!
  }

  show(signal: GrowingSignal): void {
    this.signal = signal
    this.analyzer = makeAnalyzer()
    this.analysed = 0
    this.columns = 0
    this.hopsPerColumn = 1
    this.hops = 0
    this.peaks.fill(0)
    this.ink.clearRect(0, 0, this.picture.width, rows)
  }

  /**
   * Draws seconds [from, from + span) and the playhead, once per animation frame.
   *
   * @param playhead seconds, or undefined: none
   * @returns whether all that there is of the signal is drawn; otherwise it is to be called again
   */
  draw(from: number, span: number, playhead: number | undefined): boolean {
    this.analyse()
    const { canvas, context, signal } = this
    const { width, height } = clearedCanvas(context)
    if (signal === undefined) return true
    const perSecond = signal.sampleRate / (hopLength * this.hopsPerColumn)
    context.imageSmoothingQuality = 'high'
    context.drawImage(this.picture, from * perSecond, 0, span * perSecond, rows, 0, 0, width, height)
    if (playhead !== undefined) drawPlayhead(context, (playhead - from) / span)
    describeCanvas(canvas, `Spectrogram of the ${this.name}, ${signal.seconds.toFixed(1)} seconds`)
    return this.analysed === signal.length
  }

  private analyse(): void {
    const { signal } = this
    if (signal === undefined || this.analysed === signal.length) return
    const to = Math.min(signal.length, this.analysed + maxSamples)
    const { data, frames, channels } = this.analyzer.push(signal.slice(this.analysed, to))
    this.analysed = to
    for (let frame = 0; frame < frames; frame++) {
      for (let row = 0; row < rows; row++) {
        this.peaks[row] = Math.max(this.peaks[row]!, data[frame * channels + row]!)
      }
      this.hops += 1
      if (this.hops >= this.hopsPerColumn) this.putColumn()
    }
  }

  private putColumn(): void {
    const image = new ImageData(1, rows)
    const pixels = new Uint32Array(image.data.buffer)
    for (let row = 0; row < rows; row++) pixels[rows - 1 - row] = pixelOf(this.peaks[row]!)
    this.ink.putImageData(image, this.columns, 0)
    this.columns += 1
    this.hops = 0
    this.peaks.fill(0)
    if (this.columns === maxColumns) this.halve()
  }

  private halve(): void {
    const half = maxColumns / 2
    this.ink.imageSmoothingQuality = 'high'
    this.ink.globalCompositeOperation = 'copy'
    this.ink.drawImage(this.picture, 0, 0, maxColumns, rows, 0, 0, half, rows)
    this.ink.globalCompositeOperation = 'source-over'
    this.columns = half
    this.hopsPerColumn *= 2
  }
}

function makeAnalyzer(): StftAnalyzer {
  return new StftAnalyzer({ fftSize, winLength: fftSize, hopLength, alignment: 'hop-centred' })
}

function pixelOf(magnitude: number): number {
  // A Hann window sums to half its length, and a sine's energy lies half in negative frequencies.
  const db = 20 * Math.log10(Math.max(magnitude, 1e-9) / (fftSize / 4))
  const level = Math.min(1, Math.max(0, (db - lowestDb) / (highestDb - lowestDb)))
  return pixelMap[Math.round(255 * level)]!
}
