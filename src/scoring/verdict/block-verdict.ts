import { bitsPerSample } from '../../likelihood/units.js'
import type { SampleBlock } from '../recording/sample-blocks.js'
import { BlockTest, type BlockTestOptions } from '../statistics/block-test.js'
import type { DriftState } from '../statistics/drift.js'
import { isMostlySilent } from '../texture/reference/reasons.js'
import type { Reason } from './anomaly.js'
import type { Decision, FileBlock, FileScore } from './file-score.js'

/** Where a block lies in its recording. */
export type BlockSpan = Pick<SampleBlock, 'first' | 'length' | 'overlap' | 'isWhole'>

/** A block as it was judged by itself. */
export interface JudgedBlock {
  readonly score: FileScore
  /** What its measures show, whether it is refused or not. */
  readonly found: readonly Reason[]
  /** That it was ranked among, where that is not the recording's. */
  readonly group?: string
}

export interface BlocksDecision
  extends Pick<FileScore, 'pValue' | 'decision' | 'reasons' | 'natsPerSample' | 'bitsPerSample'> {
  /** Of single blocks. */
  readonly decisions: Readonly<Record<Decision, number>>
  readonly drift: DriftState
}

export interface BlockVerdictOptions extends BlockTestOptions {
  readonly falseAlarmRate: number
  /** Of the recording, Hz. */
  readonly sampleRate: number
}

/** A fault is named when at least this share of the unusual blocks has it. */
const namedShare = 0.25

/**
 * The verdict on a recording in blocks, in bounded memory: the same for a file and for a stream. It refuses where the p
 * of all blocks is at most the false-alarm rate, or nearly all is silent, and for nothing else. A drift refuses through
 * p, of which it is one of three parts. The drift alarm has a false-alarm rate of its own, and the worst block of a long
 * recording always has a low p: either one would refuse more normal recordings than was asked for.
 */
export class BlockVerdict {
  private test: BlockTest
  /** Of the blocks that are refused, or as unusual as can be. */
  private unusualP: number
  private readonly decisions: Record<Decision, number> = { accept: 0, retry: 0, reject: 0 }
  private readonly counts = new Map<Reason, number>()
  private unusual = 0
  private nats = 0
  /** Samples, what two blocks share counted once. */
  private scored = 0
  private heard = 0
  private silent = 0

  constructor(private readonly options: BlockVerdictOptions) {
    this.test = new BlockTest(options)
    this.unusualP = this.unusualAmong(options.calibrationItems)
  }

  /** Once, before the first block with a p: what the recording is ranked among turned out to be these many. */
  rankAmong(calibrationItems: number): void {
    this.test = new BlockTest({ ...this.options, calibrationItems })
    this.unusualP = this.unusualAmong(calibrationItems)
  }

  /** @returns the block at its place, and the drift where the block counts for it */
  push(
    { first, length, overlap, isWhole }: BlockSpan,
    { score, found, group }: JudgedBlock,
  ): { block: FileBlock; drift?: DriftState } {
    const { pValue, decision, reasons, natsPerSample, input } = score
    this.decisions[decision] += 1
    const added = length - overlap
    this.heard += added
    this.silent += added * (input?.silenceShare ?? 0)
    const { sampleRate } = this.options
    const startSeconds = first / sampleRate
    const block: FileBlock = {
      ...(group === undefined ? {} : { group }),
      startSeconds,
      endSeconds: (first + length) / sampleRate,
      pValue,
      decision,
      reasons,
      anomalies: score.anomalies.map((anomaly) => ({
        ...anomaly,
        startSeconds: startSeconds + anomaly.startSeconds,
        endSeconds: startSeconds + anomaly.endSeconds,
      })),
    }
    if (pValue === null) return { block }
    this.scored += added
    this.nats += added * natsPerSample!
    if (pValue <= this.unusualP) {
      this.unusual += 1
      for (const reason of found) this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1)
    }
    // Others are not of new audio, or not as long as those of the calibration.
    const isNew = isWhole && overlap === 0
    const drift = this.test.push(pValue, isNew)
    return isNew ? { block, drift } : { block }
  }

  decide(): BlocksDecision {
    const { pValue, state: drift } = this.test
    const natsPerSample = pValue === null ? null : this.nats / this.scored
    return {
      pValue,
      natsPerSample,
      bitsPerSample: natsPerSample === null ? null : bitsPerSample(natsPerSample),
      ...this.decisionFor(pValue),
      decisions: this.decisions,
      drift,
    }
  }

  private decisionFor(pValue: number | null): Pick<BlocksDecision, 'decision' | 'reasons'> {
    // Nothing that is said of its few sounds makes silence speech.
    if (pValue === null || isMostlySilent({ silenceShare: this.silent / this.heard })) {
      return { decision: 'reject', reasons: ['silence'] }
    }
    if (pValue > this.options.falseAlarmRate) return { decision: 'accept', reasons: [] }
    const reasons = this.commonFaults()
    return reasons.length === 0 ? { decision: 'retry', reasons: ['other'] } : { decision: 'reject', reasons }
  }

  private unusualAmong(calibrationItems: number): number {
    return Math.max(this.options.falseAlarmRate, 1 / (calibrationItems + 1))
  }

  /** Known faults of many unusual blocks, the most frequent first. */
  private commonFaults(): Reason[] {
    return [...this.counts]
      .filter(([reason, count]) => reason !== 'other' && count >= namedShare * this.unusual)
      .sort(([, a], [, b]) => b - a)
      .map(([reason]) => reason)
  }
}
