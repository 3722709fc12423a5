import type { SignalFacts } from '../../audio/metering/signal-facts.js'
import { plural } from '../../plural.js'
import type { Decision, FileScore } from '../../scoring/verdict/file-score.js'
import { lineChart, type Point } from '../charts/line-chart.js'
import { escapeHtml } from '../page/escape-html.js'
import { entryAttributes, filterHtml } from '../page/filter-html.js'
import { chipsHtml, reportPage, settingsHtml } from '../page/page-html.js'
import { type PlayerMark, playerHtml } from '../page/player-html.js'
import { blockStrip } from './block-strip-html.js'

export interface ScoreReportEntry {
  readonly score: FileScore
  /** What is said, where it is known. */
  readonly transcript?: string
  readonly segment?: {
    /** Where it begins in the file. */
    readonly startSeconds: number
    readonly waveform: Float32Array
    readonly seconds: number
    readonly deviations: Float64Array
    readonly featureGroups: Readonly<Record<string, number>>
    readonly spectrogramUrl: string
    readonly surpriseUrl: string
    readonly audioUrl: string
    readonly loudnessLufs: number | null
  }
}

/** How the report names what a detector finds unusual. */
export interface SurpriseWords {
  /** Title and axis of the curve over time. */
  readonly curve: string
  readonly curveUnit: string
  /** Upper end of the picture over time and frequency. */
  readonly highest: string
  /** Sentence before the figures of each feature group. */
  readonly featureGroups: string
}

export const textureWords: Omit<SurpriseWords, 'highest'> = {
  curve: 'Deviation of each frame',
  curveUnit: 'deviations',
  featureGroups:
    'How unusual the statistics are, −ln of the share of normal recordings (0.7 is usual, 4.6 one in a hundred):',
}

export interface ScoreReportContent {
  /** Model, calibration, group and so on, shown as they are. */
  readonly settings: Readonly<Record<string, string | number>>
  readonly entries: readonly ScoreReportEntry[]
  readonly sampleRate: number
  readonly hopLength: number
  readonly words: SurpriseWords
}

const wavePoints = 1400

function formatNumber(value: number | null, digits: number, unit: string): string {
  return value === null ? 'none' : `${value.toFixed(digits)} ${unit}`
}

function factChips(facts: SignalFacts): [string, string][] {
  return [
    ['level', formatNumber(facts.levelDb, 1, 'dBFS')],
    ['true peak', formatNumber(facts.truePeakDb, 1, 'dBTP')],
    ['loudness', formatNumber(facts.loudnessLufs, 1, 'LUFS')],
    ['DC', facts.dc.toExponential(1)],
    ['silence', `${(100 * facts.silenceShare).toFixed(0)} %`],
    ['clipped samples', `${facts.clippedSamples}`],
    ['rate', `${facts.sampleRate} Hz`],
    ['length', `${facts.seconds.toFixed(2)} s`],
  ]
}

/** Lowest and highest sample of each of many short spans: the picture of the waveform. */
function wavePath(waveform: Float32Array, seconds: number): Point[] {
  const points: Point[] = []
  for (let i = 0; i < wavePoints; i++) {
    const span = waveform.subarray(
      Math.floor((i * waveform.length) / wavePoints),
      Math.floor(((i + 1) * waveform.length) / wavePoints),
    )
    if (span.length === 0) continue
    const time = (i * seconds) / wavePoints
    points.push([time, span.reduce((low, sample) => Math.min(low, sample))])
    points.push([time, span.reduce((high, sample) => Math.max(high, sample))])
  }
  return points
}

function segmentHtml(entry: ScoreReportEntry, index: number, content: ScoreReportContent): string {
  const { score, segment } = entry
  if (segment === undefined) return ''
  const { startSeconds, seconds, deviations, waveform } = segment
  const wave = lineChart({
    title: 'Waveform',
    xLabel: 's',
    yLabel: 'amplitude',
    series: [{ name: 'samples', points: wavePath(waveform, seconds) }],
    height: 200,
  })
  const frameSeconds = content.hopLength / content.sampleRate
  const points: Point[] = Array.from(deviations, (value, i) => [(i + 0.5) * frameSeconds, value])
  // A click is shorter than a frame: the lines to and from what it touches are marked.
  const reachSeconds = 1.5 * frameSeconds
  const isMarked = (time: number) =>
    score.anomalies.some(
      (anomaly) =>
        startSeconds + time + reachSeconds > anomaly.startSeconds &&
        startSeconds + time - reachSeconds < anomaly.endSeconds,
    )
  const marked: Point[] = points.map(([time, value]) => [time, isMarked(time) ? value : Number.NaN])
  const surprise = lineChart({
    title: content.words.curve,
    xLabel: 's',
    yLabel: content.words.curveUnit,
    series: [
      { name: 'all', points },
      ...(marked.some(([, value]) => Number.isFinite(value))
        ? [{ name: 'in an anomaly', points: marked }]
        : []),
    ],
    height: 220,
  })
  const featureGroups = Object.entries(segment.featureGroups).map(
    ([name, value]) => [name, value.toFixed(1)] as const,
  )
  const place =
    score.blocks === undefined
      ? ''
      : `<p class="lead">The most unusual block, from ${startSeconds.toFixed(1)} s on:</p>`
  const player = playerHtml({
    id: `entry-${index}`,
    name: score.file,
    seconds,
    sides: [
      {
        caption: 'Recording',
        audioUrl: segment.audioUrl,
        loudnessLufs: segment.loudnessLufs,
        pictures: [
          {
            caption: 'Spectrogram',
            imageUrl: segment.spectrogramUrl,
            highest: `${(content.sampleRate / 2000).toFixed(0)} kHz`,
          },
          { caption: 'Surprise', imageUrl: segment.surpriseUrl, highest: content.words.highest },
        ],
      },
    ],
    marks: marksWithin(score, startSeconds, seconds),
  })
  return `${place}${player}
<div class="chart">${wave}</div><div class="chart">${surprise}</div>
<p class="lead">${escapeHtml(content.words.featureGroups)}</p>${chipsHtml(featureGroups)}`
}

/** What is marked in the part that is shown, in its own seconds; the label has those of the file. */
function marksWithin({ anomalies }: FileScore, startSeconds: number, seconds: number): PlayerMark[] {
  return anomalies
    .filter((anomaly) => anomaly.startSeconds < startSeconds + seconds && anomaly.endSeconds > startSeconds)
    .map((anomaly) => ({
      startSeconds: Math.max(0, anomaly.startSeconds - startSeconds),
      endSeconds: Math.min(seconds, anomaly.endSeconds - startSeconds),
      label: `${anomaly.kind}, ${anomaly.startSeconds.toFixed(3)} – ${anomaly.endSeconds.toFixed(3)} s, p ${anomaly.pValue.toFixed(4)}`,
    }))
}

function entryHtml(
  entry: ScoreReportEntry,
  index: number,
  place: number,
  content: ScoreReportContent,
): string {
  const { score, transcript } = entry
  const verdict: [string, string][] = [
    ...(score.reasons.length > 0 ? [['reasons', score.reasons.join(', ')] as [string, string]] : []),
    ['p', score.pValue === null ? 'none' : score.pValue.toFixed(4)],
    ['bits per sample', score.bitsPerSample === null ? 'none' : score.bitsPerSample.toFixed(3)],
  ]
  const shownMarks =
    entry.segment === undefined
      ? 0
      : marksWithin(score, entry.segment.startSeconds, entry.segment.seconds).length
  const marks = score.anomalies.map(
    ({ startSeconds, endSeconds, kind, pValue }) =>
      `<tr><td>${startSeconds.toFixed(3)} – ${endSeconds.toFixed(3)} s</td><td>${escapeHtml(kind)}</td><td>${pValue.toFixed(4)}</td></tr>`,
  )
  // What lies outside the part that is shown is told in words.
  const table =
    marks.length === shownMarks
      ? ''
      : `<div class="wide"><table><thead><tr><th scope="col">Anomaly</th><th scope="col">kind</th><th scope="col">p</th></tr></thead><tbody>${marks.join('')}</tbody></table></div>`
  const notes = [...score.warnings, ...(score.error === undefined ? [] : [score.error])].map(
    ({ code, message }) => `<p class="lead">${escapeHtml(`${message} [${code}]`)}</p>`,
  )
  const attributes = entryAttributes({
    text: [score.file, ...score.reasons, transcript ?? ''].join(' '),
    kind: score.decision,
    order: { worst: place, index },
  })
  const said = transcript === undefined ? '' : `<p class="said">${escapeHtml(transcript)}</p>`
  return `<section class="card" id="entry-${index}" ${attributes}><h3>${escapeHtml(score.file)}</h3>${said}
<p class="decision ${score.decision}">${score.decision}</p>${chipsHtml(verdict)}${notes.join('')}
${segmentHtml(entry, index, content)}
${score.blocks === undefined ? '' : blockStrip(score.blocks)}
${table}${score.input === undefined ? '' : chipsHtml(factChips(score.input))}</section>`
}

const severity: Readonly<Record<Decision, number>> = { reject: 0, retry: 1, accept: 2 }

/** Entries from the most to the least unusual; a file without p is worst among its like. */
function worstFirst(
  entries: readonly ScoreReportEntry[],
): readonly { entry: ScoreReportEntry; index: number }[] {
  return entries
    .map((entry, index) => ({ entry, index }))
    .sort(
      ({ entry: { score: a }, index: i }, { entry: { score: b }, index: j }) =>
        severity[a.decision] - severity[b.decision] || (a.pValue ?? -1) - (b.pValue ?? -1) || i - j,
    )
}

/** How many of each decision, for which reasons, and the way to those that were not accepted. */
function summaryHtml(ordered: readonly { entry: ScoreReportEntry; index: number }[]): string {
  const refused = ordered.filter(({ entry }) => entry.score.decision !== 'accept')
  if (refused.length === 0) return '<p class="lead">All recordings were accepted.</p>'
  const rows = refused.map(({ entry: { score }, index }) => {
    const p = score.pValue === null ? 'none' : score.pValue.toFixed(4)
    const words = score.error === undefined ? score.reasons.join(', ') : score.error.message
    return `<tr><th scope="row"><a href="#entry-${index}">${escapeHtml(score.file)}</a></th><td class="decision ${score.decision}">${score.decision}</td><td class="words">${escapeHtml(words)}</td><td>${p}</td></tr>`
  })
  return `<div class="card wide"><table><thead><tr><th scope="col">Not accepted</th><th scope="col" class="words">decision</th><th scope="col" class="words">reasons</th><th scope="col">p</th></tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`
}

/** The report as one HTML page: a summary, then each recording, worst first. Every text in it is escaped. */
export function scoreReportHtml(content: ScoreReportContent): string {
  const { entries } = content
  const ordered = worstFirst(entries)
  const kinds = (['reject', 'retry', 'accept'] as const).map((decision) => ({
    value: decision,
    label: decision,
    count: entries.filter(({ score }) => score.decision === decision).length,
  }))
  const counts = kinds.map(({ label, count }) => `${label} ${count}`).join(', ')
  const filter = filterHtml({
    kinds,
    orders: [
      { key: 'worst', label: 'worst first' },
      { key: 'index', label: 'as given' },
    ],
  })
  return reportPage({
    title: 'Glowcast scores',
    lead: `${plural(entries.length, 'recording')}: ${counts}.`,
    body: `${summaryHtml(ordered)}
${entries.length > 1 ? filter : ''}
<h2 class="unseen">Recordings</h2>
<div class="entries">${ordered.map(({ entry, index }, place) => entryHtml(entry, index, place, content)).join('\n')}</div>
<h2>How to read this</h2>
<p class="lead">p says how often a recording without faults, of the kind that calibrated the score, scores as high. It does not say what is right or wrong about it. Of files longer than 30 s the first stretch is shown; of files judged block by block, the most unusual block. Click on a picture or a mark to play from there.</p>
${settingsHtml(content.settings)}`,
  })
}
