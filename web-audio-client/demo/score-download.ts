import type { ScoreRun } from './score-run.js'

/** All that is known of a recording that was scored, as JSON: in the words of the protocol. */
export function resultJson(run: ScoreRun): string {
  const { note, scoring, result, blocks, surprise, bandSurprise, bands } = run
  if (scoring === undefined || result === undefined) throw new Error('nothing was scored')
  const { stream: _, ...summary } = result
  const { model, hash, calibration, falseAlarmRate, blockSeconds, frameSeconds } = scoring
  const frames = { frameSeconds, surprise, bands, bandSurprise }
  const settings = { model, hash, calibration, falseAlarmRate, blockSeconds }
  return JSON.stringify({ recording: note, ...summary, settings, scoredBlocks: blocks, frames })
}

/** Lets the browser save it. */
export function downloadResult(run: ScoreRun): void {
  const url = URL.createObjectURL(new Blob([resultJson(run)], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${fileName(run.note)}-score.json`
  link.click()
  // Once the browser has taken it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** What a note is as a name of a file. */
export function fileName(note: string): string {
  const plain = note.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '')
  return plain.slice(0, 60).toLowerCase() || 'recording'
}
