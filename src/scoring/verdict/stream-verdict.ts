import { bitsPerSample } from '../../likelihood/units.js'
import type { BlockScore, Drift, ScoreDecision, ServerMessage } from '../../protocol/messages.js'
import { BlockVerdict, type BlockVerdictOptions } from '../statistics/block-test.js'
import type { DriftState } from '../statistics/drift.js'
import { isMostlySilent } from '../texture/reference/reasons.js'
import type { FileScore } from './file-score.js'

interface BlockSpan {
  readonly index: number
  readonly startSeconds: number
  readonly endSeconds: number
  /** What it shares with the block before. */
  readonly overlapSeconds: number
  /** Whether it is as long as the others and shares nothing with them, so that it counts for the drift. */
  readonly isNew: boolean
  /** That it was ranked among, where that is not the stream's. */
  readonly group?: string
}

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

/** What the blocks of a stream come to, in bounded memory. */
export class StreamVerdict {
  private readonly verdict: BlockVerdict
  private readonly blocks: Record<ScoreDecision, number> = { accept: 0, retry: 0, reject: 0 }
  /** Block that raised each test, which counts only those with a p-value. */
  private alarmBlock: number | null = null
  private scored = 0
  private smallest = 1
  private worst: ScoreDecision = 'accept'
  private seconds = 0
  private nats = 0
  private heardSeconds = 0
  private silentSeconds = 0

  constructor(
    private readonly options: BlockVerdictOptions & {
      readonly falseAlarmRate: number
    },
  ) {
    this.verdict = new BlockVerdict(options)
  }

  /** @param score no failure, see `failureOf` */
  add(score: FileScore, span: BlockSpan): { block: BlockScore; drift?: Drift; isNewAlarm: boolean } {
    const { error = null, pValue, decision } = score
    const { index, startSeconds, endSeconds, overlapSeconds, isNew, group } = span
    this.blocks[decision] += 1
    const newSeconds = endSeconds - startSeconds - overlapSeconds
    this.heardSeconds += newSeconds
    this.silentSeconds += newSeconds * (score.input?.silenceShare ?? 0)
    const block: BlockScore = {
      block: index,
      ...(group === undefined ? {} : { group }),
      startSeconds,
      endSeconds,
      pValue,
      decision,
      reasons: score.reasons,
      anomalies: score.anomalies.map((anomaly) => ({
        ...anomaly,
        startSeconds: startSeconds + anomaly.startSeconds,
        endSeconds: startSeconds + anomaly.endSeconds,
      })),
      warnings: score.warnings,
      bitsPerSample: score.bitsPerSample,
      natsPerSample: score.natsPerSample,
      error,
    }
    if (pValue === null) return { block, isNewAlarm: false }
    this.count(pValue, decision, score.natsPerSample!, newSeconds)
    const state = this.verdict.push(pValue, isNew)
    if (!isNew) return { block, isNewAlarm: false }
    const isNewAlarm = state.alarm && this.alarmBlock === null
    if (isNewAlarm) this.alarmBlock = index
    return { block, drift: this.driftOf(state), isNewAlarm }
  }

  summary(): Summary {
    const { blocks, scored, options } = this
    const { pValue, state } = this.verdict
    const natsPerSample = scored === 0 ? null : this.nats / this.seconds
    const isAccepted = pValue !== null && pValue > options.falseAlarmRate && this.alarmBlock === null
    // As of a file: nothing that is said of its few sounds makes silence speech.
    const isSilent =
      pValue === null || isMostlySilent({ silenceShare: this.silentSeconds / this.heardSeconds })
    return {
      blocks,
      pValue,
      decision: isSilent ? 'reject' : isAccepted ? 'accept' : this.refusal,
      natsPerSample,
      bitsPerSample: natsPerSample === null ? null : bitsPerSample(natsPerSample),
      drift: this.driftOf(state),
    }
  }

  /** Blocks of which none is refused by itself can be too many, or drift. */
  private get refusal(): ScoreDecision {
    return this.worst === 'accept' ? 'retry' : this.worst
  }

  private count(pValue: number, decision: ScoreDecision, nats: number, seconds: number): void {
    this.scored += 1
    this.seconds += seconds
    this.nats += nats * seconds
    if (pValue > this.smallest) return
    this.smallest = pValue
    this.worst = decision
  }

  private driftOf({ tests, logMartingale, logThreshold, alarm }: DriftState): Drift {
    return { tests, logMartingale, logThreshold, alarm, alarmBlock: this.alarmBlock }
  }
}
