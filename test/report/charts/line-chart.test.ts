import { describe, expect, it } from 'vitest'
import { axisTicks } from '../../../src/report/charts/axis-ticks.js'
import { lineChart, type Point } from '../../../src/report/charts/line-chart.js'

const options = { title: 'Loss', xLabel: 'step', yLabel: 'bits' }
const paths = (svg: string) =>
  [...svg.matchAll(/<path class="gc-line"[^>]* d="(M[^"]*)"/g)].map(([, d]) => d!)
/** The last path of each series is its line; the first ones are the legend's. */
const lines = (svg: string) => paths(svg.slice(svg.indexOf('overflow=')))

describe('axisTicks', () => {
  it.each<[number, number, number, string[]]>([
    [0, 10, 5, ['0', '2', '4', '6', '8', '10']],
    [7.2, 7.9, 4, ['7.2', '7.4', '7.6', '7.8']],
    [-1, 1, 4, ['-1.0', '-0.5', '0.0', '0.5', '1.0']],
    [0, 60_000, 3, ['0', '20k', '40k', '60k']],
    [0, 3e8, 3, ['0', '1.0e+8', '2.0e+8', '3.0e+8']],
    [0.001, 0.0019, 3, ['0.0010', '0.0015']],
  ])('from %d to %d, at most %d steps', (low, high, most, expected) => {
    const ticks = axisTicks(low, high, most)
    expect(ticks.values.map((value) => ticks.format(value))).toEqual(expected)
  })
})

describe('lineChart', () => {
  it('draws each series over the whole plot', () => {
    const svg = lineChart({
      ...options,
      series: [
        {
          name: 'training',
          points: [
            [0, 10],
            [50, 5],
            [100, 0],
          ],
        },
        {
          name: 'validation',
          points: [
            [0, 0],
            [100, 10],
          ],
        },
      ],
    })
    const [width, height] = /<svg x="58" y="\d+" width="(\d+)" height="(\d+)"/.exec(svg)!.slice(1).map(Number)
    const at = (x: number, y: number) => `${(x * width!).toFixed(1)} ${(y * height!).toFixed(1)}`
    expect(lines(svg)).toEqual([`M${at(0, 0)}L${at(0.5, 0.5)} ${at(1, 1)}`, `M${at(0, 1)}L${at(1, 0)}`])
    for (const text of ['Loss', 'step', 'bits', 'training', 'validation'])
      expect(svg).toContain(`>${text}</text>`)
  })

  it('breaks the line where a value is not finite, and shows a lone point', () => {
    const points: Point[] = [
      [0, 1],
      [1, 2],
      [2, Number.NaN],
      [3, 1],
      [4, Number.POSITIVE_INFINITY],
      [5, 2],
      [6, 1],
    ]
    const [path] = lines(lineChart({ ...options, series: [{ name: 'a', points }] }))
    expect(path!.match(/M/g)).toHaveLength(3)
    expect(path).toContain('h0')
    expect(path).not.toMatch(/NaN|Infinity/)
  })

  it('keeps peaks when it thins many points', () => {
    const points = Array.from({ length: 100_000 }, (_, i): Point => [i, i === 54_321 ? 100 : Math.sin(i)])
    const svg = lineChart({ ...options, series: [{ name: 'a', points }] })
    expect(svg.length).toBeLessThan(60_000)
    expect(lines(svg)[0]).toContain(' 0.0')
  })

  it.each<[string, Point[]]>([
    ['no point', []],
    ['no finite point', [[0, Number.NaN]]],
  ])('says so when there is %s', (_, points) => {
    expect(lineChart({ ...options, series: [{ name: 'a', points }] })).toContain('nothing to show yet')
  })

  it('draws a single point and a constant', () => {
    for (const points of [
      [[3, 5]],
      [
        [0, 0],
        [9, 0],
      ],
    ] as Point[][]) {
      expect(lineChart({ ...options, series: [{ name: 'a', points }] })).not.toMatch(/NaN|Infinity/)
    }
  })

  it('shows the range it is given, and cuts the rest off', () => {
    const series = [
      {
        name: 'a',
        points: [
          [0, 1000],
          [1, 8],
          [2, 7],
        ] as Point[],
      },
    ]
    const svg = lineChart({ ...options, series, yRange: [7, 9] })
    expect(svg).toContain('overflow="hidden"')
    expect(svg).toContain('>8.0</text>')
    expect(svg).not.toContain('>1000</text>')
    expect(() => lineChart({ ...options, series, yRange: [9, 7] })).toThrow('yRange: got 9 to 7')
  })

  it('escapes what it is given', () => {
    const svg = lineChart({
      title: '<a>&',
      xLabel: '"x"',
      yLabel: "'y'",
      series: [{ name: '<script>', points: [[0, 1]] }],
    })
    expect(svg).not.toContain('<script>')
    expect(svg).not.toContain('<a>')
    expect(svg).toContain('&lt;a&gt;&amp;')
  })

  it('wraps a legend that is too long for a row', () => {
    const named = (name: string) => ({
      name,
      points: [
        [0, 1],
        [1, 2],
      ] as Point[],
    })
    const one = lineChart({ ...options, series: [named('a')] })
    const many = lineChart({
      ...options,
      series: Array.from({ length: 8 }, (_, i) => named(`a rather long name ${i}`)),
    })
    const top = (svg: string) => Number(/<svg x="58" y="(\d+)"/.exec(svg)![1])
    expect(top(many)).toBeGreaterThan(top(one))
  })
})
