import { toMono } from '../../audio/files/audio-file.js'
import type { AudioSource } from '../../audio/files/audio-source.js'
import { fileExtent, fileWarnings } from '../../audio/files/file-warnings.js'
import { type SignalFacts, SignalFactsMeter } from '../../audio/metering/signal-facts.js'
import { GlowcastError } from '../../errors.js'
import { bitsPerSample } from '../../likelihood/units.js'
import { blockRecording } from '../recording/block-recording.js'
import { requireScorable } from '../recording/recording.js'
import { type SampleBlock, SampleBlocks } from '../recording/sample-blocks.js'
import { BlockVerdict } from '../statistics/block-test.js'
import { driftFalseAlarmRate } from '../statistics/drift.js'
import type { StretchVerdict } from '../texture/judge.js'
import type { RecordingMeter } from '../texture/reference/meter.js'
import { isMostlySilent, type Reason } from '../texture/reference/reasons.js'
import {
  type Decision,
  type FileBlock,
  type FileScore,
  type ScoreOptions,
  scoreRecording,
  stretchesPerFile,
  unscored,
} from './file-score.js'
import type { ScoreWarning } from './warnings.js'

export interface BlockScoreOptions extends ScoreOptions {
  /** Length of the blocks. */
  readonly blockSeconds: number
  /** Told of each block with its share of the file. */
  readonly onBlock?: (block: FileBlock, share: number) => void
}

/** A fault is named for the file when at least this share of its unusual blocks has it. */
const namedShare = 0.25

/**
 * Scores a file block by block, in one reading, as a scoring stream does; see `BlockVerdict` for its own p. What is wrong
 * with the file itself is in the answer; only our own failures throw.
 *
 * @param open gives its samples
 */
export async function scoreInBlocks(
  name: string,
  open: () => Promise<AudioSource>,
  meter: RecordingMeter,
  options: BlockScoreOptions,
): Promise<FileScore> {
  const { group, seed, falseAlarmRate } = options
  const verdict = new BlockVerdict({ calibrationItems: group.n, driftFalseAlarmRate, seed })
  const blocks: FileBlock[] = []
  const pValues: number[] = []
  const warnings = new Map<ScoreWarning['code'], ScoreWarning>()
  /** Of the blocks that are refused, or as unusual as can be. */
  const unusual = new ReasonCounts(Math.max(falseAlarmRate, 1 / (group.n + 1)))
  let input: SignalFacts | undefined
  let [nats, seconds] = [0, 0]
  try {
    const source = await open()
    if (source.samples === 0) {
      throw new GlowcastError('INVALID_AUDIO', name, 'no samples', 'at least one sample')
    }
    const facts = new SignalFactsMeter(source.sampleRate, source.channels)
    for await (const block of blocksOf(source, options.blockSeconds, facts)) {
      const score = await scoredBlock(block, source.sampleRate, meter, {
        ...options,
        onStretch: (waveform, latents, judged, startSeconds) => {
          unusual.add(judged)
          options.onStretch?.(waveform, latents, judged, startSeconds)
        },
      })
      const found = placed(score, block, source.sampleRate)
      blocks.push(found)
      for (const warning of score.warnings) warnings.set(warning.code, warning)
      options.onBlock?.(found, (block.first + block.length) / source.samples)
      if (score.pValue === null) continue
      const isNew = block.isWhole && block.overlap === 0
      verdict.push(score.pValue, isNew)
      if (isNew) pValues.push(score.pValue)
      const newSeconds = (block.length - block.overlap) / source.sampleRate
      nats += score.natsPerSample! * newSeconds
      seconds += newSeconds
    }
    input = { ...facts.flush(), ...fileExtent(source) }
    requireScorable(name, input)
    const { pValue } = verdict
    const { decision, reasons } = decide(pValue, falseAlarmRate, unusual.common(), input)
    const natsPerSample = pValue === null ? null : nats / seconds
    return {
      file: name,
      bitsPerSample: natsPerSample === null ? null : bitsPerSample(natsPerSample),
      natsPerSample,
      pValue,
      decision,
      reasons,
      anomalies: decision === 'accept' ? [] : anomaliesOf(blocks),
      blocks,
      stretchPValues: pValues,
      warnings: [...warnings.values(), ...fileWarnings(input)],
      input,
    }
  } catch (error) {
    if (!(error instanceof GlowcastError)) throw error
    return unscored(name, error, input)
  }
}

/** Blocks of a file, mono at its own rate, and its facts on the way. @throws GlowcastError as reading it does */
async function* blocksOf(
  source: AudioSource,
  blockSeconds: number,
  facts: SignalFactsMeter,
): AsyncGenerator<SampleBlock> {
  const { sampleRate } = source
  const cutter = new SampleBlocks(Math.round(blockSeconds * sampleRate), sampleRate)
  for await (const channels of source.blocks()) {
    facts.push(channels)
    yield* cutter.push(toMono({ sampleRate, channels }))
  }
  yield* cutter.flush()
}

/** As the server scores a block of a stream, down to the luck of its ties. */
function scoredBlock(
  { samples, lead, length, index }: SampleBlock,
  sampleRate: number,
  meter: RecordingMeter,
  options: BlockScoreOptions,
): Promise<FileScore> {
  const open = async () => blockRecording({ samples, sampleRate, lead, length }, meter.sampleRate)
  return scoreRecording('block', open, meter, {
    ...options,
    index: stretchesPerFile * options.index + index,
  })
}

function placed(
  { pValue, decision, reasons, anomalies }: FileScore,
  { first, length }: SampleBlock,
  sampleRate: number,
): FileBlock {
  const startSeconds = first / sampleRate
  return {
    startSeconds,
    endSeconds: (first + length) / sampleRate,
    pValue,
    decision,
    reasons,
    anomalies: anomalies.map((anomaly) => ({
      ...anomaly,
      startSeconds: startSeconds + anomaly.startSeconds,
      endSeconds: startSeconds + anomaly.endSeconds,
    })),
  }
}

function decide(
  pValue: number | null,
  falseAlarmRate: number,
  reasons: readonly Reason[],
  input: SignalFacts,
): { decision: Decision; reasons: readonly Reason[] } {
  if (pValue === null || isMostlySilent(input)) return { decision: 'reject', reasons: ['silence'] }
  if (pValue > falseAlarmRate) return { decision: 'accept', reasons: [] }
  return reasons.length === 0 ? { decision: 'retry', reasons: ['other'] } : { decision: 'reject', reasons }
}

/** Why blocks are unusual. */
class ReasonCounts {
  private blocks = 0
  private readonly counts = new Map<Reason, number>()

  /** @param most p of the blocks that count */
  constructor(private readonly most: number) {}

  add({ pValue, reasons }: StretchVerdict): void {
    if (pValue > this.most) return
    this.blocks += 1
    for (const reason of reasons) this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1)
  }

  /** Known faults of many of them, the most frequent first. */
  common(): Reason[] {
    return [...this.counts]
      .filter(([reason, count]) => reason !== 'other' && count >= namedShare * this.blocks)
      .sort(([, a], [, b]) => b - a)
      .map(([reason]) => reason)
  }
}

/** What the blocks that are not accepted mark, with p-values that hold for all blocks at once. */
function anomaliesOf(blocks: readonly FileBlock[]): FileBlock['anomalies'] {
  return blocks.flatMap(({ anomalies }) =>
    anomalies.map((anomaly) => ({ ...anomaly, pValue: Math.min(1, anomaly.pValue * blocks.length) })),
  )
}
