import type { FileScore } from '../density/file-score.js'

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
    ]
      .map(cell)
      .join(','),
  )
  return `${[columns.join(','), ...lines].join('\r\n')}\r\n`
}

function cell(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
