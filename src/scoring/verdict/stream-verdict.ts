import type { BlockScore, Drift, ServerMessage } from '../../protocol/messages.js'
import type { DriftState } from '../statistics/drift.js'
import { type BlockSpan, BlockVerdict, type BlockVerdictOptions, type JudgedBlock } from './block-verdict.js'
import type { FileScore } from './file-score.js'

type Summary = Pick<
  ServerMessage & { type: 'scored' },
  'blocks' | 'pValue' | 'decision' | 'bitsPerSample' | 'natsPerSample' | 'drift'
>

/** Error codes of a recording that is as it is: an answer, not a failure. */
const answers: ReadonlySet<string> = new Set(['TOO_SHORT', 'SILENT'])

/** What went wrong with a block; undefined where it has a score, or none for what the recording is. */
export function failureOf({ error }: FileScore): FileScore['error'] {
  return error === undefined || answers.has(error.code) ? undefined : error
}

/** A stream's `BlockVerdict` in the words of the protocol. */
export class StreamVerdict {
  private readonly verdict: BlockVerdict
  /** Block that raised the alarm; the drift test counts only blocks with a p-value. */
  private alarmBlock: number | null = null

  constructor(options: BlockVerdictOptions) {
    this.verdict = new BlockVerdict(options)
  }

  /** See `BlockVerdict`. */
  rankAmong(calibrationItems: number): void {
    this.verdict.rankAmong(calibrationItems)
  }

  /** @param judged no failure, see `failureOf` */
  add(
    span: BlockSpan & { readonly index: number },
    judged: JudgedBlock,
  ): { block: BlockScore; drift?: Drift; isNewAlarm: boolean } {
    const { warnings, bitsPerSample, natsPerSample, error = null } = judged.score
    const { block: placed, drift } = this.verdict.push(span, judged)
    const block = { block: span.index, ...placed, warnings, bitsPerSample, natsPerSample, error }
    if (drift === undefined) return { block, isNewAlarm: false }
    const isNewAlarm = drift.alarm && this.alarmBlock === null
    if (isNewAlarm) this.alarmBlock = span.index
    return { block, drift: this.driftOf(drift), isNewAlarm }
  }

  summary(): Summary {
    const { pValue, decision, natsPerSample, bitsPerSample, decisions, drift } = this.verdict.decide()
    return {
      blocks: decisions,
      pValue,
      decision,
      natsPerSample,
      bitsPerSample,
      drift: this.driftOf(drift),
    }
  }

  private driftOf({ tests, logMartingale, logThreshold, alarm }: DriftState): Drift {
    return { tests, logMartingale, logThreshold, alarm, alarmBlock: this.alarmBlock }
  }
}
