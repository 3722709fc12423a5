import type { PairFigures } from './compare-pair.js'
import { escapeHtml } from './escape-html.js'
import { type FigureInfo, type FigureName, figureInfo, figureNames } from './figures.js'
import { lineChart } from './line-chart.js'
import type { PauseBand } from './pause-spectrum.js'
import { reportStyle } from './report-style.js'
import type { Interval, SummaryFigures } from './summary.js'

/** A row of the table of figures: what it is, and what was measured. */
export interface FigureRow extends FigureInfo {
  /** A single number, a mean with its interval, or null where undefined. */
  readonly value: number | Interval | null
  readonly baseline?: Interval | null
}

export interface BaselineFigures {
  readonly label: string
  readonly figures: SummaryFigures
}

/** One utterance with where its pictures and sounds are. */
export interface ReportEntry {
  readonly name: string
  readonly seconds: number
  readonly figures?: PairFigures
  readonly sides: readonly {
    readonly caption: string
    readonly imageUrl: string
    readonly audioUrl: string
  }[]
}

export interface ReportContent {
  readonly title: string
  /** What was judged: name, hash, training and so on, shown as they are. */
  readonly model: Readonly<Record<string, string | number>>
  readonly figures: SummaryFigures
  /** Rows that follow those of the pairs, such as bits per sample or the real-time factor. */
  readonly extraFigures?: readonly FigureRow[]
  readonly baseline?: BaselineFigures
  /** Long-time third-octave levels in the pauses. */
  readonly pauses?: readonly PauseBand[]
  readonly entries: readonly ReportEntry[]
  readonly sampleRate: number
}

/** Figures worth a glance at one utterance. */
const entryFigures: readonly FigureName[] = [
  'logMelL1',
  'bandErrorAbove8kHz',
  'f0ErrorCents',
  'voicingF1',
  'pitchLagCorrelation',
]

const directions: Readonly<Record<FigureInfo['better'], string>> = {
  lower: 'Lower is better.',
  higher: 'Higher is better.',
  'equal to the recording': 'Best when equal to the recording.',
  neither: '',
}

function formatNumber(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && size < 0.001) return value.toExponential(1)
  return value.toFixed(size < 10 ? 3 : size < 1000 ? 1 : 0)
}

function formatSeconds(seconds: number): string {
  return seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

function figureRow(
  { label, unit, better, meaning, value, baseline }: FigureRow,
  withBaseline: boolean,
): string {
  const interval =
    value !== null && typeof value === 'object' && value.files > 1
      ? `${formatNumber(value.low)} – ${formatNumber(value.high)}`
      : ''
  const mean = value !== null && typeof value === 'object' ? value.mean : value
  const baselineCell = withBaseline ? `<td>${baseline ? formatNumber(baseline.mean) : ''}</td>` : ''
  const shown = mean === null ? 'undefined' : formatNumber(mean)
  return `<tr><th scope="row">${escapeHtml(label)}<span class="meaning">${escapeHtml(meaning)} ${directions[better]}</span></th><td><span class="value">${shown}</span> <span class="unit">${escapeHtml(unit)}</span><br><span class="interval">${interval}</span></td>${baselineCell}</tr>`
}

function figureTable(rows: readonly FigureRow[], baseline: string | undefined): string {
  const column = baseline === undefined ? '' : `<th scope="col">${escapeHtml(baseline)}</th>`
  const body = rows.map((row) => figureRow(row, baseline !== undefined)).join('\n')
  return `<table><thead><tr><th scope="col">Figure</th><th scope="col">Mean, 95 % interval</th>${column}</tr></thead><tbody>${body}</tbody></table>`
}

function bandChart({ bandErrors }: SummaryFigures): string {
  const curve = (name: string, pick: (interval: Interval) => number) => ({
    name,
    points: bandErrors.map((interval, band) => [band + 0.5, pick(interval)] as const),
  })
  return lineChart({
    title: 'Band energy error by frequency',
    xLabel: 'kHz',
    yLabel: 'nats',
    series: [
      curve('mean', ({ mean }) => mean),
      curve('95 % low', ({ low }) => low),
      curve('95 % high', ({ high }) => high),
    ],
    yRange: [0, 1.05 * Math.max(...bandErrors.map(({ high }) => high), 0.1)],
    height: 280,
  })
}

function pauseChart(pauses: readonly PauseBand[]): string {
  if (pauses.length === 0) return ''
  const curve = (name: string, level: (band: PauseBand) => number) => ({
    name,
    points: pauses.map((band) => [Math.log2(band.centreHz / 1000), level(band)] as const),
  })
  const levels = pauses.flatMap(({ recordingDb, synthesisDb }) => [recordingDb, synthesisDb])
  const chart = lineChart({
    title: 'Long-time spectrum of the pauses, third-octaves',
    xLabel: 'octaves above 1 kHz',
    yLabel: 'dB full scale',
    series: [
      curve('recording', ({ recordingDb }) => recordingDb),
      curve('resynthesis', ({ synthesisDb }) => synthesisDb),
    ],
    yRange: [Math.min(...levels) - 3, Math.max(...levels) + 3],
    height: 280,
  })
  return `<div class="card chart">${chart}</div>`
}

function entryHtml(entry: ReportEntry, sampleRate: number): string {
  const nyquistKHz = (sampleRate / 2000).toFixed(0)
  const name = escapeHtml(entry.name)
  const sides = entry.sides.map(
    ({ caption, imageUrl, audioUrl }) => `<figure><figcaption>${escapeHtml(caption)}</figcaption>
<div class="plot"><div class="axis frequency"><span>${nyquistKHz} kHz</span><span>0</span></div><img src="${escapeHtml(imageUrl)}" alt="Spectrogram of ${name}, ${escapeHtml(caption)}" loading="lazy"><div class="axis time"><span>0</span><span>${entry.seconds.toFixed(1)} s</span></div></div>
<audio controls preload="metadata" src="${escapeHtml(audioUrl)}"></audio></figure>`,
  )
  const chips = entryFigures.flatMap((figure) => {
    const value = entry.figures?.[figure] ?? null
    const { label, unit } = figureInfo[figure]
    return value === null ? [] : [`<li>${label} <b>${formatNumber(value)}</b> ${unit}</li>`]
  })
  const list = chips.length > 0 ? `<ul class="chips">${chips.join('')}</ul>` : ''
  return `<section class="card"><h3>${name}</h3><div class="pair">${sides.join('\n')}</div>${list}</section>`
}

/** The report as one HTML page without scripts; every text in it is escaped. */
export function reportHtml(content: ReportContent): string {
  const { figures, sampleRate } = content
  const title = escapeHtml(content.title)
  const model = Object.entries(content.model).map(
    ([key, value]) => `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(String(value))}</dd>`,
  )
  const { baseline } = content
  const rows: FigureRow[] = figureNames.map((name) => ({
    ...figureInfo[name],
    value: figures.figures[name],
    ...(baseline === undefined ? {} : { baseline: baseline.figures.figures[name] }),
  }))
  const files = figures.files === 1 ? 'file' : 'files'
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${reportStyle}</style>
</head>
<body>
<header><h1>${title}</h1><p class="lead">${figures.files} ${files}, ${formatSeconds(figures.seconds)} of speech: each recording was reduced to its mel, and the model made it anew.</p></header>
<div class="card"><dl>${model.join('')}</dl></div>
<h2>Figures</h2>
<div class="card">${figureTable([...rows, ...(content.extraFigures ?? [])], baseline?.label)}</div>
<div class="card chart">${bandChart(figures)}</div>
${pauseChart(content.pauses ?? [])}
<h2>Utterances</h2>
<p class="lead">Spectrograms reach from 0 Hz to Nyquist and span 70 dB on one scale for both; light is loud.</p>
${content.entries.map((entry) => entryHtml(entry, sampleRate)).join('\n')}
</body>
</html>
`
}
