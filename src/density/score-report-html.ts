import { escapeHtml } from '../evaluation/escape-html.js'
import { lineChart, type Point } from '../evaluation/line-chart.js'
import { reportStyle } from '../evaluation/report-style.js'
import { blockStrip } from './block-strip-html.js'
import type { FileScore } from './file-score.js'
import type { SignalFacts } from './signal-facts.js'

export interface ScoreReportEntry {
  readonly score: FileScore
  readonly stretch?: {
    /** Where it begins in the file. */
    readonly startSeconds: number
    readonly waveform: Float32Array
    readonly seconds: number
    readonly deviations: Float64Array
    readonly families: Readonly<Record<string, number>>
    readonly spectrogramUrl: string
    readonly surpriseUrl: string
    readonly audioUrl: string
  }
}

/** How the report names what a detector finds unusual. */
export interface SurpriseWords {
  /** Title and axis of the curve over time. */
  readonly curve: string
  readonly curveUnit: string
  /** Upper end of the picture over time and frequency. */
  readonly highest: string
  /** Sentence before the figures of each family. */
  readonly families: string
}

export const textureWords: Omit<SurpriseWords, 'highest'> = {
  curve: 'Deviation of each frame',
  curveUnit: 'deviations',
  families:
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

function chips(pairs: readonly (readonly [string, string])[]): string {
  const items = pairs.map(([label, value]) => `<li>${escapeHtml(label)} <b>${escapeHtml(value)}</b></li>`)
  return `<ul class="chips">${items.join('')}</ul>`
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

function stretchHtml(entry: ScoreReportEntry, content: ScoreReportContent): string {
  const { score, stretch } = entry
  if (stretch === undefined) return ''
  const name = escapeHtml(score.file)
  const { startSeconds, seconds, deviations, waveform } = stretch
  const wave = lineChart({
    title: 'Waveform',
    xLabel: 's',
    yLabel: 'amplitude',
    series: [{ name: 'samples', points: wavePath(waveform, seconds) }],
    height: 200,
  })
  const frameSeconds = content.hopLength / content.sampleRate
  const points: Point[] = Array.from(deviations, (value, i) => [(i + 0.5) * frameSeconds, value])
  // A click is shorter than a frame: what it touches is marked.
  const isMarked = (time: number) =>
    score.anomalies.some(
      (anomaly) =>
        startSeconds + time + frameSeconds / 2 > anomaly.startSeconds &&
        startSeconds + time - frameSeconds / 2 < anomaly.endSeconds,
    )
  const surprise = lineChart({
    title: content.words.curve,
    xLabel: 's',
    yLabel: content.words.curveUnit,
    series: [
      { name: 'all', points },
      {
        name: 'in an anomaly',
        points: points.map(([time, value]) => [time, isMarked(time) ? value : Number.NaN]),
      },
    ],
    height: 220,
  })
  const nyquist = `${(content.sampleRate / 2000).toFixed(0)} kHz`
  const figure = (caption: string, url: string, highest: string) =>
    `<figure><figcaption>${caption}</figcaption><div class="plot"><div class="axis frequency"><span>${escapeHtml(highest)}</span><span>0</span></div><img src="${escapeHtml(url)}" alt="${caption} of ${name}" loading="lazy"><div class="axis time"><span>0</span><span>${seconds.toFixed(1)} s</span></div></div></figure>`
  const families = Object.entries(stretch.families).map(([name, value]) => [name, value.toFixed(1)] as const)
  const place =
    score.blocks === undefined
      ? ''
      : `<p class="lead">The most unusual block, from ${startSeconds.toFixed(1)} s on:</p>`
  return `${place}<div class="pair">${figure('Spectrogram', stretch.spectrogramUrl, nyquist)}${figure('Surprise', stretch.surpriseUrl, content.words.highest)}</div>
<audio controls preload="metadata" src="${escapeHtml(stretch.audioUrl)}"></audio>
<div class="chart">${wave}</div><div class="chart">${surprise}</div>
<p class="lead">${escapeHtml(content.words.families)}</p>${chips(families)}`
}

function entryHtml(entry: ScoreReportEntry, content: ScoreReportContent): string {
  const { score } = entry
  const verdict: [string, string][] = [
    ['decision', score.decision],
    ...(score.reasons.length > 0 ? [['reasons', score.reasons.join(', ')] as [string, string]] : []),
    ['p', score.pValue === null ? 'none' : score.pValue.toFixed(4)],
    ['bits per sample', score.bitsPerSample === null ? 'none' : score.bitsPerSample.toFixed(3)],
  ]
  const marks = score.anomalies.map(
    ({ startSeconds, endSeconds, kind, pValue }) =>
      `<tr><td>${startSeconds.toFixed(3)} – ${endSeconds.toFixed(3)} s</td><td>${kind}</td><td>${pValue.toFixed(4)}</td></tr>`,
  )
  const table =
    marks.length === 0
      ? ''
      : `<table><thead><tr><th>Anomaly</th><th>kind</th><th>p</th></tr></thead><tbody>${marks.join('')}</tbody></table>`
  const notes = [...score.warnings, ...(score.error === undefined ? [] : [score.error])].map(
    ({ code, message }) => `<p class="lead">${escapeHtml(`${message} [${code}]`)}</p>`,
  )
  return `<section class="card"><h3>${escapeHtml(score.file)}</h3>${chips(verdict)}${notes.join('')}
${score.blocks === undefined ? '' : blockStrip(score.blocks)}
${stretchHtml(entry, content)}
${table}${score.input === undefined ? '' : chips(factChips(score.input))}</section>`
}

/** The report as one HTML page without scripts; every text in it is escaped. */
export function scoreReportHtml(content: ScoreReportContent): string {
  const settings = Object.entries(content.settings).map(
    ([key, value]) => `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(String(value))}</dd>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Glowcast scores</title>
<style>${reportStyle}</style>
</head>
<body>
<header><h1>Scores</h1><p class="lead">How each recording compares with the recordings that calibrated the score. p says how often such a recording, without faults, scores as high; it does not say what is right or wrong about it. Of files longer than 30 s the first stretch is shown, of files judged block by block the most unusual block.</p></header>
<div class="card"><dl>${settings.join('')}</dl></div>
${content.entries.map((entry) => entryHtml(entry, content)).join('\n')}
</body>
</html>
`
}
