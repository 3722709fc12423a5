import { join } from 'node:path'
import type { Frames } from '../../audio/buffers/frames.js'
import { soundLoudness } from '../../audio/metering/sound-loudness.js'
import { encodeWav } from '../../audio/wav/wav.js'
import { decibels } from '../../numeric/stats.js'
import type { FileScore } from '../../scoring/verdict/file-score.js'
import type { ShownSegment, SurpriseMap } from '../../scoring/verdict/shown-segment.js'
import { spectrogramImage, spectrogramLevels } from '../charts/spectrogram-image.js'
import { Transcripts } from '../evaluation/transcripts.js'
import { fileStem, reportFiles, topLevel } from '../page/files.js'
import { type ScoreReportEntry, type SurpriseWords, scoreReportHtml } from './html.js'

/** A file's first segment, or its most unusual block, for the report. */
export interface ScoreReportItem {
  readonly score: FileScore
  readonly segment?: ShownSegment
}

export interface ScoreReportOptions {
  readonly settings: Readonly<Record<string, string | number>>
  readonly items: readonly ScoreReportItem[]
  /** Hz, of every segment. */
  readonly sampleRate: number
  /** Samples of a step of the deviations. */
  readonly hopLength: number
  /** Of the detector that the segments show. */
  readonly words: SurpriseWords
}

const maxColumns = 900

/** In the picture of surprise a mean z² this many times the normal one is lightest, one a tenth of it is darkest. */
const surpriseTopDb = 15
const surpriseRangeDb = 25

/**
 * Writes `index.html` with, for each file, verdict, facts, waveform, spectrogram, surprise over time and frequency,
 * marked anomalies and a player. The page asks for nothing from elsewhere, and runs no script but its own.
 *
 * @throws GlowcastError IO
 */
export async function writeScoreReport(dir: string, options: ScoreReportOptions): Promise<string> {
  const { write, place } = reportFiles(dir, false)
  const transcripts = new Transcripts()
  const entries: ScoreReportEntry[] = []
  for (const [index, { score, segment }] of options.items.entries()) {
    const transcript = await transcripts.of(score.file)
    const said = transcript === undefined ? {} : { transcript }
    if (segment === undefined) {
      entries.push({ score, ...said })
      continue
    }
    const { startSeconds, waveform, latents, verdict } = segment
    const stem = fileStem(index, score.file.split(/[\\/]/).at(-1)!)
    const levels = spectrogramLevels(waveform)
    const picture = (kind: string, bytes: Uint8Array) => place(`img/${stem}-${kind}.png`, 'image/png', bytes)
    const wav = encodeWav({ sampleRate: options.sampleRate, channels: [waveform] }, { format: 'int16' })
    entries.push({
      score,
      ...said,
      segment: {
        startSeconds,
        waveform,
        seconds: waveform.length / options.sampleRate,
        deviations: verdict.deviations,
        featureGroups: verdict.featureGroups,
        spectrogramUrl: await picture('spectrogram', spectrogramImage(levels, { topDb: topLevel(levels) })),
        surpriseUrl: await picture('surprise', surpriseImage(latents)),
        audioUrl: await place(`audio/${stem}.wav`, 'audio/wav', wav),
        loudnessLufs: soundLoudness(waveform, options.sampleRate),
      },
    })
  }
  await write('index.html', scoreReportHtml({ ...options, entries }))
  return join(dir, 'index.html')
}

/** Time to the right, frequency upwards; light is unlikely. */
function surpriseImage(latents: SurpriseMap): Uint8Array {
  return spectrogramImage(surpriseLevels(latents), { topDb: surpriseTopDb, rangeDb: surpriseRangeDb })
}

/** Mean z² in dB, averaged to at most 900 columns: [columns, groupSize]. */
function surpriseLevels({ values, groups, groupSize }: SurpriseMap): Frames {
  const columns = Math.min(maxColumns, groups)
  const data = new Float32Array(columns * groupSize)
  for (let column = 0; column < columns; column++) {
    const first = Math.floor((column * groups) / columns)
    const end = Math.floor(((column + 1) * groups) / columns)
    for (let bin = 0; bin < groupSize; bin++) {
      let squares = 0
      for (let group = first; group < end; group++) squares += values[group * groupSize + bin]! ** 2
      data[column * groupSize + bin] = decibels(squares / (end - first) + 1e-9)
    }
  }
  return { data, frames: columns, channels: groupSize }
}
