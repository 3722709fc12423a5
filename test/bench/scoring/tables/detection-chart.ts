import { escapeHtml } from '../../../../src/report/page/escape-html.js'

/** Shares of one damage found at 1 % false alarms, 0 to 1. */
export interface DetectionBar {
  readonly damage: string
  readonly texture: number
  readonly baseline: number
}

const rowHeight = 18
const left = 230
const barWidth = 400
const top = 52

const style = `
text{font:12px system-ui,sans-serif;fill:#667080}.n{fill:#1c2026}.t{fill:#3f87d1}.b{fill:#d9762b}.g{stroke:#d9dde3}
@media(prefers-color-scheme:dark){.n{fill:#e6e9ee}.g{stroke:#333a44}}`

/** Bars of what the texture detector finds, above those of the best baseline of each damage; an SVG. */
export function detectionChart(bars: readonly DetectionBar[]): string {
  const height = top + rowHeight * bars.length + 10
  const grid = [0, 0.5, 1].map((share) => {
    const x = left + barWidth * share
    return `<path class="g" d="M${x} ${top - 6}V${height - 8}"/><text x="${x}" y="${top - 12}" text-anchor="middle">${100 * share} %</text>`
  })
  const rows = bars.map(({ damage, texture, baseline }, i) => {
    const y = top + rowHeight * i
    const bar = (kind: string, share: number, offset: number) =>
      `<rect class="${kind}" x="${left}" y="${y + offset}" width="${(barWidth * share).toFixed(1)}" height="6"/>`
    return `<text class="n" x="${left - 8}" y="${y + 11}" text-anchor="end">${escapeHtml(damage)}</text>${bar('t', texture, 1)}${bar('b', baseline, 8)}`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + barWidth + 30} ${height}" role="img"><title>Detection at 1 % false alarms</title><style>${style}</style>
<rect class="t" x="${left}" y="10" width="12" height="8"/><text x="${left + 18}" y="18">texture</text><rect class="b" x="${left + 90}" y="10" width="12" height="8"/><text x="${left + 108}" y="18">best baseline of each damage</text>
${[...grid, ...rows].join('\n')}
</svg>
`
}
