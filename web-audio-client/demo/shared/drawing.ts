import { colourMap } from '../../../src/report/charts/colour-map.js'

/** The colour map as pixels: the bytes R, G, B, A in memory. */
export const pixelMap = new Uint32Array(new Uint8Array(colourMap.flatMap((rgb) => [...rgb, 255])).buffer)

/** Clears a canvas, which gets a pixel for each of the screen's. */
export function clearedCanvas(context: CanvasRenderingContext2D): { width: number; height: number } {
  const { canvas } = context
  const width = Math.round(canvas.clientWidth * devicePixelRatio)
  const height = Math.round(canvas.clientHeight * devicePixelRatio)
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  context.resetTransform()
  context.clearRect(0, 0, width, height)
  return { width, height }
}

/** @param share of the picture's width at which it stands */
export function drawPlayhead(context: CanvasRenderingContext2D, share: number): void {
  const { width, height } = context.canvas
  context.fillStyle = 'rgb(255 255 255 / 0.85)'
  context.fillRect(share * width - devicePixelRatio / 2, 0, devicePixelRatio, height)
}

/** What a picture shows, for those who do not see it. */
export function describeCanvas(canvas: HTMLCanvasElement, label: string): void {
  if (canvas.ariaLabel !== label) canvas.ariaLabel = label
}
