import type { PauseBand } from '../../evaluation/pause-spectrum.js'
import type { Interval, SummaryFigures } from '../../evaluation/summary.js'
import type { RunComparison } from './compare-runs.js'
import type { BaselineFigures, FigureRow } from './html.js'
import { type ReportItem, writeReport } from './report.js'
import type { EvaluationRun } from './run.js'

/** What is measured beside the figures of pairs. */
export interface ExtraFigures {
  readonly pauseErrorDb: number | null
  readonly bitsPerSample: Interval
  readonly realTimeFactor: Interval
}

export interface Evaluation {
  readonly figures: SummaryFigures
  readonly extra: ExtraFigures
  readonly baseline?: BaselineFigures
  readonly pauses: readonly PauseBand[]
  readonly comparison?: RunComparison
  readonly items: readonly ReportItem[]
  readonly run: EvaluationRun
}

/** @throws GlowcastError as `writeReport` */
export function writeEvaluation(folder: string, { extra, run, ...shown }: Evaluation): Promise<string> {
  return writeReport(folder, {
    ...shown,
    title: 'Copy synthesis from the mel alone',
    model: run.model,
    extraFigures: extraRows(extra),
    run,
    sampleRate: run.sampleRate,
  })
}

function extraRows({ bitsPerSample, realTimeFactor, pauseErrorDb }: ExtraFigures): FigureRow[] {
  return [
    {
      label: 'Bits per sample',
      unit: 'bits',
      better: 'lower',
      meaning: 'Negative log-likelihood of the recordings as 16-bit integers.',
      value: bitsPerSample,
    },
    {
      label: 'Real-time factor',
      unit: '',
      better: 'lower',
      meaning: 'Compute time over audio time of the synthesis; below 1 is faster than real time.',
      value: realTimeFactor,
    },
    {
      label: 'Pause spectrum error',
      unit: 'dB',
      better: 'lower',
      meaning: 'Worst third-octave of the long-time spectrum of the quietest tenth of all frames.',
      value: pauseErrorDb,
    },
  ]
}
