import { plural } from '../../plural.js'
import type { Decision, FileBlock } from '../../scoring/verdict/file-score.js'

/** Bars of the strip at most: of more blocks several share one, which shows the worst. */
const maxBars = 600
const height = 60
const width = 1200

const fills: Readonly<Record<Decision, string>> = { accept: '#4c9a6a', retry: '#d9a21b', reject: '#cc3d2e' }
const severity: Readonly<Record<Decision, number>> = { accept: 0, retry: 1, reject: 2 }

interface Bar {
  readonly startSeconds: number
  readonly endSeconds: number
  readonly decision: Decision
  readonly pValue: number | null
  readonly reasons: readonly string[]
}

/** The blocks of a file over its time: taller is less usual (−log p), and the colour says what was decided. */
export function blockStrip(blocks: readonly FileBlock[]): string {
  const end = blocks.at(-1)?.endSeconds ?? 0
  if (end === 0) return ''
  const bars = barsOf(blocks)
  const least = Math.min(...bars.map(({ pValue }) => pValue ?? 1))
  const rects = bars.map(({ startSeconds, endSeconds, decision, pValue, reasons }) => {
    const [from, to] = [startSeconds, endSeconds].map((seconds) => (seconds / end) * width) as [
      number,
      number,
    ]
    // What could not be ranked is as tall as can be.
    const share = pValue === null ? 1 : Math.log(pValue) / Math.min(Math.log(least), -1e-9)
    const tall = 4 + (height - 4) * Math.min(1, share)
    const rank = pValue === null ? 'no p' : `p ${pValue.toPrecision(2)}`
    const words = `${startSeconds.toFixed(1)} to ${endSeconds.toFixed(1)} s: ${[decision, ...reasons, rank].join(', ')}`
    return `<rect x="${from.toFixed(2)}" y="${(height - tall).toFixed(1)}" width="${Math.max(0.5, to - from - 0.4).toFixed(2)}" height="${tall.toFixed(1)}" fill="${fills[decision]}"><title>${words}</title></rect>`
  })
  const notAccepted = blocks.filter(({ decision }) => decision !== 'accept').length
  const caption = `${plural(blocks.length, 'block')}, ${notAccepted} not accepted; taller is less usual`
  return `<figure><figcaption>${caption}</figcaption><svg viewBox="0 0 ${width} ${height}" width="100%" height="${height}" preserveAspectRatio="none" role="img" aria-label="${caption}">${rects.join('')}</svg><div class="axis time"><span>0</span><span>${end.toFixed(1)} s</span></div></figure>`
}

function barsOf(blocks: readonly FileBlock[]): Bar[] {
  const each = Math.ceil(blocks.length / maxBars)
  return Array.from({ length: Math.ceil(blocks.length / each) }, (_, i) => {
    const group = blocks.slice(i * each, (i + 1) * each)
    const worst = group.reduce((a, b) =>
      severity[b.decision] > severity[a.decision] ||
      (b.decision === a.decision && (b.pValue ?? 0) < (a.pValue ?? 0))
        ? b
        : a,
    )
    return { ...worst, startSeconds: group[0]!.startSeconds, endSeconds: group.at(-1)!.endSeconds }
  })
}
