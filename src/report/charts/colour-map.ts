/** An RGB colour, 0 … 255 each. */
export type Rgb = [red: number, green: number, blue: number]

/**
 * From night through violet and ember to pale light, as OKLab (lightness, a, b). Lightness rises evenly, so
 * that equal steps of level look equal, also in print and to the colour-blind; the hue only adds contrast.
 */
const controlPoints = [
  [0.14, 0.005, -0.045],
  [0.31, 0.055, -0.13],
  [0.48, 0.15, -0.09],
  [0.65, 0.165, 0.075],
  [0.82, 0.035, 0.145],
  [0.98, -0.015, 0.05],
] as const

/** OKLab to sRGB (B. Ottosson, "A perceptual color space for image processing", 2020). */
function toRgb([lightness, a, b]: readonly [number, number, number]): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const encode = (linear: number) => {
    const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055
    return Math.round(255 * Math.min(1, Math.max(0, value)))
  }
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

/** 256 colours from dark (least) to light (most). */
export const colourMap: readonly Rgb[] = Array.from({ length: 256 }, (_, index) => {
  const position = (index / 255) * (controlPoints.length - 1)
  const left = Math.min(Math.floor(position), controlPoints.length - 2)
  const part = position - left
  const [from, to] = [controlPoints[left]!, controlPoints[left + 1]!]
  const at = (axis: 0 | 1 | 2) => from[axis] + part * (to[axis] - from[axis])
  return toRgb([at(0), at(1), at(2)])
})
