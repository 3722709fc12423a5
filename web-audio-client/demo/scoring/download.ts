import { fileName, saveFile } from '../shared/save-file.js'
import type { ScoreRun } from './run.js'

/** All that is known of a recording that was scored, as JSON: in the words of the protocol. */
function resultJson(run: ScoreRun): string {
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
  const blob = new Blob([resultJson(run)], { type: 'application/json' })
  saveFile(`${fileName(run.note)}-score.json`, blob)
}
