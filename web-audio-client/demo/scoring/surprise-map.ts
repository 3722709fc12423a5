import { colourMap } from '../../../src/report/charts/colour-map.js'
import { clearedCanvas, describeCanvas, drawPlayhead, pixelMap } from '../shared/drawing.js'
import type { ScoreRun } from './run.js'

/** Surprise that is lightest, nats; its square root is shown, as faults lie far above what is usual. */
export const lightestSurprisal = 6

/** Draws how surprising each frame is in each band of frequency, lowest band at the bottom. */
export class SurpriseMap {
  private readonly context: CanvasRenderingContext2D
  /** One pixel a band and a column. */
  private readonly picture = new OffscreenCanvas(1, 1)
  private readonly ink: OffscreenCanvasRenderingContext2D

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext('2d')!
    this.ink = this.picture.getContext('2d')!
  }

  /**
   * Draws seconds [from, from + span).
   *
   * @param playhead seconds, or undefined: none
   */
  draw(run: ScoreRun | undefined, from: number, span: number, playhead: number | undefined): void {
    const { canvas, context, picture } = this
    const { width, height } = clearedCanvas(context)
    if (run?.scoring === undefined || width === 0) return
    const { bands } = run
    if (bands >= 1) {
      if (picture.width !== width || picture.height !== bands)
        Object.assign(picture, { width, height: bands })
      this.ink.putImageData(pictureOf(run, run.scoring.frameSeconds, from, span, width), 0, 0)
      // Bands are steps: what lies between two of them was not measured.
      context.imageSmoothingEnabled = false
      context.drawImage(picture, 0, 0, width, bands, 0, 0, width, height)
    }
    if (playhead !== undefined) drawPlayhead(context, (playhead - from) / span)
    describeCanvas(canvas, `Surprise by frequency, ${run.signal.seconds.toFixed(1)} seconds`)
  }
}

/** One row a band; a column shows the largest of its frames, so that a click is not lost among many. */
function pictureOf(
  { surprise, bandSurprise, bands }: ScoreRun,
  frameSeconds: number,
  from: number,
  span: number,
  width: number,
): ImageData {
  const image = new ImageData(width, bands)
  const pixels = new Uint32Array(image.data.buffer)
  const frameAt = (column: number) => (from + (column / width) * span) / frameSeconds
  for (let column = 0; column < width; column++) {
    const first = Math.max(0, Math.floor(frameAt(column)))
    const end = Math.min(surprise.length, Math.max(first + 1, Math.floor(frameAt(column + 1))))
    if (first >= end) continue
    for (let band = 0; band < bands; band++) {
      let largest = 0
      for (let frame = first; frame < end; frame++) {
        largest = Math.max(largest, bandSurprise[frame * bands + band]!)
      }
      const share = Math.sqrt(Math.min(1, largest / lightestSurprisal))
      pixels[(bands - 1 - band) * width + column] = pixelMap[Math.round(255 * share)]!
    }
  }
  return image
}

/** The colours from none to the lightest as a CSS gradient. */
export function scaleGradient(): string {
  const stops = [0, 51, 102, 153, 204, 255].map((index) => `rgb(${colourMap[index]!.join(' ')})`)
  return `linear-gradient(to right, ${stops.join(', ')})`
}
