import { plural } from '../../../plural.js'
import { driftFalseAlarmRate, driftOf } from '../../../scoring/statistics/drift.js'
import { contentCodes, type FileBlock, type FileScore } from '../../../scoring/verdict/file-score.js'
import { aboutFile } from '../../terminal/about-file.js'
import { type CliIo, note, print } from '../../terminal/io.js'
import { roundFigures } from '../../terminal/print.js'
import { oneLine } from '../../terminal/text.js'
import type { ScoreCliOptions } from './options.js'

/** Exit codes beside 0 (all accepted) and 1 (some file could not be read, or bad options). */
const notAccepted = 2

/** On the standard error, so that the answers stay what they are. */
export function reportDrift(
  io: CliIo,
  scores: readonly FileScore[],
  calibrationItems: number,
  options: ScoreCliOptions,
): void {
  const falseAlarmRate = options.drift ?? driftFalseAlarmRate
  const { tests, logMartingale, alarmTest } = driftOf(scores, {
    calibrationItems,
    falseAlarmRate,
    seed: options.seed,
  })
  if (options.drift === undefined && alarmTest === null) return
  const evidence = `evidence ${Math.exp(logMartingale).toPrecision(3)} after ${plural(tests, 'test')}`
  const told =
    alarmTest === null
      ? 'no change found: as a whole the p-values are those of normal recordings'
      : `warning: from test ${alarmTest + 1} on, the p-values as a whole are not those of normal recordings`
  note(io, `${told} (${evidence}, alarm at ${Math.round(1 / falseAlarmRate)})`)
}

export function exitCodeOf(scores: readonly FileScore[]): number {
  if (scores.some(({ error }) => error !== undefined && !contentCodes.has(error.code))) return 1
  return scores.every(({ decision }) => decision === 'accept') ? 0 : notAccepted
}

function blockCounts(blocks: readonly FileBlock[]): string {
  const refused = blocks.filter((block) => block.decision !== 'accept').length
  return `${refused} of ${plural(blocks.length, 'block')} not accepted`
}

function printBlock(io: CliIo, { startSeconds, endSeconds, decision, reasons, pValue }: FileBlock): void {
  const { p } = roundFigures({ p: pValue })
  const span = `${startSeconds.toFixed(2)} to ${endSeconds.toFixed(2)} s`
  print(
    io,
    `        ${span}: ${decision}, ${[...reasons, ...(pValue === null ? [] : [`p = ${p}`])].join(', ')}`,
  )
}

export function printScores(io: CliIo, scores: readonly FileScore[], html: string | undefined): void {
  for (const {
    file,
    decision,
    pValue,
    bitsPerSample,
    reasons,
    anomalies,
    blocks,
    warnings,
    error,
    groupChoice,
  } of scores) {
    const { p, bits } = roundFigures({ p: pValue, bits: bitsPerSample })
    const likelihood = bitsPerSample === null ? '' : `, ${bits} bits per sample`
    if (error === undefined) {
      const counted = blocks === undefined ? [] : [blockCounts(blocks)]
      const among = groupChoice === undefined ? [] : [`${groupChoice.group} (${groupChoice.why})`]
      const said = [...reasons, `p = ${p}${likelihood}`, ...counted, ...among].join(', ')
      print(io, `${decision.padEnd(7)} ${oneLine(file)}: ${said}`)
    } else {
      const answer = contentCodes.has(error.code) ? decision : 'error'
      print(io, `${answer.padEnd(7)} ${aboutFile(file, error.message)} [${error.code}]`)
    }
    for (const block of blocks ?? []) if (block.decision !== 'accept') printBlock(io, block)
    if (blocks === undefined)
      for (const { startSeconds, endSeconds, kind } of anomalies) {
        print(io, `        ${startSeconds.toFixed(3)} to ${endSeconds.toFixed(3)} s: ${kind}`)
      }
    for (const { code, message } of warnings) note(io, `warning: ${aboutFile(file, message)} [${code}]`)
  }
  if (html !== undefined) print(io, `report: ${html}/index.html`)
}
