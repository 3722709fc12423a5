import type { FileScore } from '../../../scoring/verdict/file-score.js'
import { oneLine } from '../../terminal/text.js'

const columns = [
  'file',
  'decision',
  'pValue',
  'bitsPerSample',
  'natsPerSample',
  'reasons',
  'anomalies',
  'errorCode',
  'seconds',
  'levelDb',
  'truePeakDb',
  'loudnessLufs',
  'blocks',
  'blocksNotAccepted',
  'groupChoice',
] as const

/** One line a file, RFC 4180. */
export function scoresCsv(scores: readonly FileScore[]): string {
  const lines = scores.map((score) =>
    [
      score.file,
      score.decision,
      score.pValue,
      score.bitsPerSample,
      score.natsPerSample,
      score.reasons.join('; '),
      score.anomalies.length,
      score.error?.code,
      score.input?.seconds,
      score.input?.levelDb,
      score.input?.truePeakDb,
      score.input?.loudnessLufs,
      score.blocks?.length,
      score.blocks?.filter(({ decision }) => decision !== 'accept').length,
      score.groupChoice?.group,
    ]
      .map(cell)
      .join(','),
  )
  return `${[columns.join(','), ...lines].join('\r\n')}\r\n`
}

/** What a spreadsheet takes for a formula, by its first character. */
const FORMULA = /^\s*[=+\-@\t\r]/

/** Text is quoted where it must be; a leading apostrophe keeps a name from being a formula. */
function cell(value: string | number | null | undefined): string {
  if (typeof value !== 'string') return value === null || value === undefined ? '' : String(value)
  const text = oneLine(FORMULA.test(value) ? `'${value}` : value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
