import { invalidArgument } from '../../errors.js'
import { escapeHtml } from '../page/escape-html.js'
import { axisTicks } from './axis-ticks.js'

export type Point = readonly [x: number, y: number]

interface ChartSeries {
  readonly name: string
  /** In ascending x. A point that is not finite leaves a gap. */
  readonly points: readonly Point[]
}

export interface LineChartOptions {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly ChartSeries[]
  /** What of the y axis is shown; what lies outside is cut off. Default: all of it. */
  readonly yRange?: readonly [low: number, high: number]
  /** Pixels. Default 720 by 360. */
  readonly width?: number
  readonly height?: number
}

/** Of middling lightness, so that they stand out on white and on black; told apart by the colour-blind. */
const colours = ['#3f87d1', '#d9762b', '#2f9e78', '#b565b5', '#c29a1c', '#d0555a', '#7d8794']

const style = `
.gc-chart{font:12px system-ui,sans-serif;--ink:#1c2026;--soft:#667080;--grid:#d9dde3;--paper:#fff;max-width:100%;height:auto}
@media(prefers-color-scheme:dark){.gc-chart{--ink:#e6e9ee;--soft:#98a2b0;--grid:#333a44;--paper:#16191e}}
.gc-chart text{fill:var(--soft)}.gc-chart .gc-title{fill:var(--ink);font-size:14px;font-weight:600}
.gc-chart .gc-name{fill:var(--ink)}.gc-chart .gc-grid{stroke:var(--grid);stroke-width:1}
.gc-chart .gc-line{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}`

const defaultWidth = 720
const defaultHeight = 360
const margin = { left: 58, right: 18, bottom: 44 }
const titleHeight = 32
const legendRow = 18

function isFinitePoint([x, y]: Point): boolean {
  return Number.isFinite(x) && Number.isFinite(y)
}

function extent(values: readonly number[]): [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  // A constant still needs an axis of some length.
  const pad = Math.max(Math.abs(low) * 0.05, 1e-6)
  return low === high ? [low - pad, high + pad] : [low, high]
}

/** Keeps the first, lowest, highest and last point of each pixel column: the same picture from fewer points. */
function thin(points: readonly Point[]): Point[] {
  const kept: Point[] = []
  for (let start = 0; start < points.length; ) {
    let end = start
    while (end < points.length && Math.round(points[end]![0]) === Math.round(points[start]![0])) end++
    const column = points.slice(start, end).map((point, index) => ({ point, index }))
    const byHeight = [...column].sort((a, b) => a.point[1] - b.point[1])
    const extremes = new Set([column[0]!, byHeight[0]!, byHeight.at(-1)!, column.at(-1)!])
    kept.push(...[...extremes].sort((a, b) => a.index - b.index).map(({ point }) => point))
    start = end
  }
  return kept
}

/** SVG path of each stretch of finite points; a stretch of one point becomes a dot, by its round cap. */
function linePath(points: readonly Point[], toPixel: (point: Point) => Point): string {
  const stretches: Point[][] = [[]]
  for (const point of points) {
    if (isFinitePoint(point)) stretches.at(-1)!.push(toPixel(point))
    else stretches.push([])
  }
  return stretches
    .filter((stretch) => stretch.length > 0)
    .map((stretch) => {
      const [first, ...rest] = thin(stretch).map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`)
      return `M${first}${rest.length > 0 ? `L${rest.join(' ')}` : 'h0'}`
    })
    .join('')
}

function legend(series: readonly ChartSeries[], width: number): { svg: string; rows: number } {
  let x = margin.left
  let row = 0
  const entries = series.map(({ name }, index) => {
    // SVG cannot measure text before it is drawn; 6.5 pixels a character is about what system fonts take.
    const length = 42 + 6.5 * name.length
    if (x > margin.left && x + length > width - margin.right) {
      x = margin.left
      row++
    }
    const y = titleHeight + row * legendRow + 8
    const swatch = `<path class="gc-line" stroke="${colours[index % colours.length]}" d="M${x} ${y}h16"/>`
    const text = `<text class="gc-name" x="${x + 22}" y="${y + 4}">${escapeHtml(name)}</text>`
    x += length
    return swatch + text
  })
  return { svg: entries.join(''), rows: series.length > 0 ? row + 1 : 0 }
}

/**
 * A line chart as a self-contained SVG: axes with round ticks, legend, colours that follow the reader's light
 * or dark scheme. May stand in a file of its own or in an HTML page, any number of times.
 *
 * @throws GlowcastError INVALID_ARGUMENT when `yRange` is not a range
 */
export function lineChart(options: LineChartOptions): string {
  const { title, width = defaultWidth, height = defaultHeight } = options
  return `${openSvg(title, width, height)}${chartParts(options)}</svg>\n`
}

/**
 * Several charts below one another as one SVG.
 *
 * @param title what they show together, for those who do not see it
 * @throws GlowcastError as `lineChart`
 */
export function stackedCharts(title: string, charts: readonly LineChartOptions[]): string {
  let top = 0
  const parts = charts.map((chart) => {
    const part = `<g transform="translate(0 ${top})">${chartParts(chart)}</g>`
    top += chart.height ?? defaultHeight
    return part
  })
  const width = Math.max(...charts.map((chart) => chart.width ?? defaultWidth))
  return `${openSvg(title, width, top)}${parts.join('')}</svg>\n`
}

function openSvg(title: string, width: number, height: number): string {
  return `<svg class="gc-chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(title)}"><style>${style}</style>`
}

function chartParts(options: LineChartOptions): string {
  const { series, width = defaultWidth, height = defaultHeight, yRange } = options
  if (yRange && !(Number.isFinite(yRange[1] - yRange[0]) && yRange[0] < yRange[1])) {
    throw invalidArgument('yRange', yRange.join(' to '), 'two finite ascending numbers')
  }
  const key = legend(series, width)
  const top = titleHeight + key.rows * legendRow + 10
  const plotWidth = width - margin.left - margin.right
  const plotHeight = height - top - margin.bottom
  const title = escapeHtml(options.title)
  const open = `<rect width="${width}" height="${height}" rx="6" fill="var(--paper)"/><text class="gc-title" x="${margin.left}" y="22">${title}</text>${key.svg}`
  const finite = series.flatMap(({ points }) => points.filter(isFinitePoint))
  if (finite.length === 0) {
    return `${open}<text x="${width / 2}" y="${top + plotHeight / 2}" text-anchor="middle">nothing to show yet</text>`
  }
  const [xLow, xHigh] = extent(finite.map(([x]) => x))
  const [yLow, yHigh] = yRange ?? extent(finite.map(([, y]) => y))
  const toX = (x: number) => (plotWidth * (x - xLow)) / (xHigh - xLow)
  const toY = (y: number) => plotHeight * (1 - (y - yLow) / (yHigh - yLow))
  const xTicks = axisTicks(xLow, xHigh, Math.max(2, Math.floor(plotWidth / 90)))
  const yTicks = axisTicks(yLow, yHigh, Math.max(2, Math.floor(plotHeight / 45)))
  const grid = [
    ...yTicks.values.map((value) => {
      const y = (top + toY(value)).toFixed(1)
      const line = `<path class="gc-grid" d="M${margin.left} ${y}h${plotWidth}"/>`
      return `${line}<text x="${margin.left - 8}" y="${y}" dy="4" text-anchor="end">${yTicks.format(value)}</text>`
    }),
    ...xTicks.values.map((value) => {
      const x = (margin.left + toX(value)).toFixed(1)
      return `<text x="${x}" y="${top + plotHeight + 18}" text-anchor="middle">${xTicks.format(value)}</text>`
    }),
  ]
  const lines = series.map(({ points }, index) => {
    const path = linePath(points, ([x, y]) => [toX(x), toY(y)])
    return `<path class="gc-line" stroke="${colours[index % colours.length]}" d="${path}"/>`
  })
  const middle = top + plotHeight / 2
  const labels = `<text x="${margin.left + plotWidth / 2}" y="${height - 8}" text-anchor="middle">${escapeHtml(options.xLabel)}</text><text transform="rotate(-90 14 ${middle})" x="14" y="${middle}" text-anchor="middle">${escapeHtml(options.yLabel)}</text>`
  // An inner svg clips to its own box without an id, which pages with several charts would have to keep unique.
  const clip = yRange ? 'hidden' : 'visible'
  return `${open}${grid.join('')}<svg x="${margin.left}" y="${top}" width="${plotWidth}" height="${plotHeight}" overflow="${clip}">${lines.join('')}</svg>${labels}`
}
