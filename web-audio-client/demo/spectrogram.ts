import { StftAnalyzer } from '../../src/audio/stft.js'
import { colourMap } from '../../src/evaluation/colour-map.js'
import type { GrowingSignal } from './signal.js'

const fftSize = 1024
const hopLength = 256
const rows = fftSize / 2
/** Level of a full-scale sine is 0 dB; what is shown lies between. */
const lowestDb = -92
const highestDb = -24
/** Columns of a minute at 22,050 Hz, rounded up. */
const minuteColumns = 5200

/** Draws the spectrogram of a signal as it grows: 0 Hz to half its rate, one column each 12 ms, and a playhead. */
export class Spectrogram {
  private readonly picture: OffscreenCanvas
  private readonly ink: OffscreenCanvasRenderingContext2D
  private readonly context: CanvasRenderingContext2D
  private analyzer = makeAnalyzer()
  private signal: GrowingSignal | undefined
  private analysed = 0
  private columns = 0

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly name: string,
    minutes = 1,
  ) {
    this.picture = new OffscreenCanvas(minutes * minuteColumns, rows)
    this.ink = this.picture.getContext('2d')!
    this.context = canvas.getContext('2d')!
  }

  show(signal: GrowingSignal): void {
    this.signal = signal
    this.analyzer = makeAnalyzer()
    this.analysed = 0
    this.columns = 0
    this.ink.clearRect(0, 0, this.picture.width, rows)
  }

  /**
   * Draws seconds [from, from + span) and the playhead, once per animation frame.
   *
   * @param playhead seconds, or undefined: none
   */
  draw(from: number, span: number, playhead: number | undefined): void {
    this.analyse()
    const { canvas, context, signal } = this
    const width = Math.round(canvas.clientWidth * devicePixelRatio)
    const height = Math.round(canvas.clientHeight * devicePixelRatio)
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
    context.clearRect(0, 0, width, height)
    if (signal === undefined) return
    const perSecond = signal.sampleRate / hopLength
    context.imageSmoothingQuality = 'high'
    context.drawImage(this.picture, from * perSecond, 0, span * perSecond, rows, 0, 0, width, height)
    if (playhead !== undefined) {
      context.fillStyle = 'rgb(255 255 255 / 0.85)'
      context.fillRect(((playhead - from) / span) * width - devicePixelRatio / 2, 0, devicePixelRatio, height)
    }
    const label = `Spectrogram of the ${this.name}, ${signal.seconds.toFixed(1)} seconds`
    if (canvas.ariaLabel !== label) canvas.ariaLabel = label
  }

  private analyse(): void {
    const { signal } = this
    if (signal === undefined || this.analysed === signal.length) return
    const { data, frames, channels } = this.analyzer.push(signal.slice(this.analysed))
    this.analysed = signal.length
    const count = Math.min(frames, this.picture.width - this.columns)
    if (count <= 0) return
    const image = new ImageData(count, rows)
    const pixels = new Uint32Array(image.data.buffer)
    for (let column = 0; column < count; column++) {
      for (let row = 0; row < rows; row++) {
        pixels[row * count + column] = pixelOf(data[column * channels + rows - 1 - row]!)
      }
    }
    this.ink.putImageData(image, this.columns, 0)
    this.columns += count
  }
}

function makeAnalyzer(): StftAnalyzer {
  return new StftAnalyzer({ fftSize, winLength: fftSize, hopLength, alignment: 'hop-centred' })
}

/** The colour map as pixels: the bytes R, G, B, A in memory. */
const pixelMap = new Uint32Array(new Uint8Array(colourMap.flatMap((rgb) => [...rgb, 255])).buffer)

function pixelOf(magnitude: number): number {
  // A Hann window sums to half its length, and a sine's energy lies half in negative frequencies.
  const db = 20 * Math.log10(Math.max(magnitude, 1e-9) / (fftSize / 4))
  const level = Math.min(1, Math.max(0, (db - lowestDb) / (highestDb - lowestDb)))
  return pixelMap[Math.round(255 * level)]!
}
