import type { PairFigures } from '../../evaluation/compare-pair.js'
import { type FigureInfo, type FigureName, figureInfo, figureNames } from '../../evaluation/figures.js'
import type { PauseBand } from '../../evaluation/pause-spectrum.js'
import type { Interval, SummaryFigures } from '../../evaluation/summary.js'
import { plural } from '../../plural.js'
import { lineChart } from '../charts/line-chart.js'
import { escapeHtml } from '../page/escape-html.js'
import { entryAttributes, filterHtml } from '../page/filter-html.js'
import { formatNumber, formatSeconds } from '../page/format-number.js'
import { chipsHtml, reportPage, settingsHtml } from '../page/page-html.js'
import { type PlayerSide, playerHtml } from '../page/player-html.js'
import type { RunComparison } from './compare-runs.js'
import { comparisonHtml } from './comparison-html.js'

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
  /** What is said, where it is known. */
  readonly transcript?: string
  /** 0 is the worst of all files. */
  readonly place: number
  readonly figures?: PairFigures
  readonly sides: readonly PlayerSide[]
}

/** A file in the table of all: shown with its sound or not. */
interface FileRow {
  readonly name: string
  readonly figures: Readonly<Record<FigureName, number | null>>
  /** 0 is the worst. */
  readonly place: number
}

/** What a report says of all its files together. */
export interface ReportHead {
  readonly title: string
  /** What was judged: name, hash, training and so on, shown as they are. */
  readonly model: Readonly<Record<string, string | number>>
  readonly figures: SummaryFigures
  /** Rows that follow those of the pairs, such as bits per sample or the real-time factor. */
  readonly extraFigures?: readonly FigureRow[]
  /** Another way from mel to audio, judged in the same run. */
  readonly baseline?: BaselineFigures
  /** Long-time third-octave levels in the pauses. */
  readonly pauses?: readonly PauseBand[]
  /** Another run, figure by figure. */
  readonly comparison?: RunComparison
}

export interface ReportContent extends ReportHead {
  /** Every file that was measured. */
  readonly files?: readonly FileRow[]
  readonly entries: readonly ReportEntry[]
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

function entryHtml(entry: ReportEntry, index: number): string {
  const { name, seconds, sides, transcript, place } = entry
  const chips = entryFigures.flatMap((figure) => {
    const value = entry.figures?.[figure] ?? null
    const { label, unit } = figureInfo[figure]
    return value === null ? [] : [[label, formatNumber(value), unit] as const]
  })
  const said = transcript === undefined ? '' : `<p class="said">${escapeHtml(transcript)}</p>`
  const attributes = entryAttributes({ text: `${name} ${transcript ?? ''}`, order: { worst: place, index } })
  const player = playerHtml({ id: `entry-${index}`, name, seconds, sides, marks: [] })
  return `<section class="card" id="entry-${index}" ${attributes}><h3>${escapeHtml(name)}</h3>${said}
${player}${chipsHtml(chips)}</section>`
}

/** Every file, worst first, so that what is shown can be seen beside what is not. */
function fileTable(files: readonly FileRow[], entries: readonly ReportEntry[]): string {
  if (files.length === 0) return ''
  const shown = new Map(entries.map(({ name }, index) => [name, index]))
  const columns = entryFigures.map((name) => figureInfo[name])
  const rows = [...files]
    .sort((a, b) => a.place - b.place)
    .map(({ name, figures }) => {
      const index = shown.get(name)
      const title =
        index === undefined ? escapeHtml(name) : `<a href="#entry-${index}">${escapeHtml(name)}</a>`
      const cells = entryFigures.map((figure) => {
        const value = figures[figure]
        return `<td>${value === null ? '' : formatNumber(value)}</td>`
      })
      return `<tr><th scope="row">${title}</th>${cells.join('')}</tr>`
    })
  const heads = columns.map(
    ({ label, unit }) =>
      `<th scope="col">${escapeHtml(label)}${unit === '' ? '' : `, ${escapeHtml(unit)}`}</th>`,
  )
  return `<h2 id="files">Every file</h2>
<p class="lead">Worst first, by the mean rank over all figures.</p>
<div class="card wide"><table><thead><tr><th scope="col">File</th>${heads.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

/** The report as one HTML page: sound first, then figures. Every text in it is escaped. */
export function reportHtml(content: ReportContent): string {
  const { figures, baseline, entries, comparison, files: all = [] } = content
  const rows: FigureRow[] = figureNames.map((name) => ({
    ...figureInfo[name],
    value: figures.figures[name],
    ...(baseline === undefined ? {} : { baseline: baseline.figures.figures[name] }),
  }))
  const ordered = entries.map((entry, index) => ({ entry, index }))
  ordered.sort((a, b) => a.entry.place - b.entry.place)
  const orders = [
    { key: 'worst', label: 'worst first' },
    { key: 'index', label: 'as measured' },
  ]
  const listen =
    entries.length === 0
      ? ''
      : `<h2 id="listen">Listen</h2>
<p class="lead">Versions play in step, and you may change between them while they play. Spectrograms reach from 0 Hz to half the sample rate and span 70 dB on one scale; light is loud. Click on one to play from there.</p>
${entries.length > 1 ? filterHtml({ kinds: [], orders }) : ''}
<div class="entries">${ordered.map(({ entry, index }) => entryHtml(entry, index)).join('\n')}</div>`
  return reportPage({
    title: content.title,
    lead: `${plural(figures.files, 'file')}, ${formatSeconds(figures.seconds)} of speech. Each recording was reduced to its mel, and the model rebuilt it from that alone.`,
    body: `${listen}
${comparison === undefined ? '' : comparisonHtml(comparison)}
<h2 id="figures">Figures</h2>
<div class="card wide">${figureTable([...rows, ...(content.extraFigures ?? [])], baseline?.label)}</div>
<div class="card chart">${bandChart(figures)}</div>
${pauseChart(content.pauses ?? [])}
${fileTable(all, entries)}
<h2 id="model">Model</h2>
${settingsHtml(content.model)}`,
  })
}
