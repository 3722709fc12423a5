import type { AudioSource } from '../../audio/files/audio-source.js'
import { toMono } from '../../audio/files/channels.js'
import { fileExtent, fileWarnings } from '../../audio/files/file-warnings.js'
import { type SignalFacts, SignalFactsMeter } from '../../audio/metering/signal-facts.js'
import { GlowcastError, invalidAudio } from '../../errors.js'
import { type GroupChoice, groupNamed, isByCondition, nItemsOf } from '../calibration/condition.js'
import type { CalibrationSet } from '../calibration/file.js'
import type { Detector, MeasuredSegment } from '../detector.js'
import { blockRecording } from '../recording/block-recording.js'
import { assertScorable } from '../recording/recording.js'
import { type SampleBlock, SampleBlocks } from '../recording/sample-blocks.js'
import { driftFalseAlarmRate } from '../statistics/drift.js'
import type { Reason } from './anomaly.js'
import { BlockVerdict } from './block-verdict.js'
import {
  type FileBlock,
  type FileScore,
  type ScoreOptions,
  scoreRecording,
  segmentsPerFile,
  unscored,
} from './file-score.js'
import type { ScoreWarning } from './warnings.js'

export interface BlockScoreOptions<Normal extends CalibrationSet = CalibrationSet>
  extends ScoreOptions<Normal> {
  /** Length of the blocks. */
  readonly blockSeconds: number
  /** What a file is ranked among that turns out to be shorter than a block; default: the same group. */
  readonly shortGroup?: undefined | { readonly name: string; readonly group: GroupChoice<Normal> }
  /** Told of each block with its share of the file. */
  readonly onBlock?: (block: FileBlock, share: number) => void
}

/**
 * Scores a file block by block, in one reading, as a scoring stream does; see `BlockVerdict`. What is wrong with the file
 * itself is in the answer; only our own failures throw.
 *
 * @param open gives its samples
 */
export async function scoreInBlocks<Measurement extends MeasuredSegment, Normal extends CalibrationSet>(
  name: string,
  open: () => Promise<AudioSource>,
  detector: Detector<Measurement, Normal>,
  options: BlockScoreOptions<Normal>,
): Promise<FileScore> {
  const { seed, falseAlarmRate, shortGroup } = options
  let { group } = options
  let groupChoice: FileScore['groupChoice']
  const blocks: FileBlock[] = []
  const pValues: number[] = []
  const warnings = new Map<ScoreWarning['code'], ScoreWarning>()
  let input: SignalFacts | undefined
  try {
    const source = await open()
    if (source.samples === 0) {
      throw invalidAudio(name, 'no samples', 'at least one sample')
    }
    const { sampleRate, channels, samples } = source
    const verdict = new BlockVerdict({
      calibrationItems: nItemsOf(group),
      falseAlarmRate,
      driftFalseAlarmRate,
      seed,
      sampleRate,
    })
    const facts = new SignalFactsMeter(sampleRate, channels)
    const { isLossy = false } = source
    for await (const block of blocksOf(source, options.blockSeconds, facts)) {
      const among = block.isWhole ? undefined : shortGroup
      let found: readonly Reason[] = []
      const score = await scoredBlock(block, { sampleRate, isLossy }, detector, {
        ...options,
        group: among?.group ?? group,
        onSegment: (shown, judged) => {
          found = judged.reasons
          options.onSegment?.(shown, judged)
        },
      })
      groupChoice ??= score.groupChoice
      const chosen = score.groupChoice?.group ?? groupChoice?.group
      const ownGroup = among === undefined || isByCondition(among.group) ? chosen : among.name
      const judged = { score, found, ...(ownGroup === undefined ? {} : { group: ownGroup }) }
      // The first block that can be scored chooses for all, so that their p-values are of one group.
      if (score.groupChoice !== undefined && among === undefined && isByCondition(group)) {
        group = groupNamed(group, score.groupChoice.group)
        verdict.rankAmong(group.n)
      }
      const { block: placed, drift } = verdict.push(block, judged)
      blocks.push(placed)
      if (drift !== undefined) pValues.push(placed.pValue!)
      for (const warning of score.warnings) warnings.set(warning.code, warning)
      options.onBlock?.(placed, (block.first + block.length) / samples)
    }
    input = { ...facts.flush(), ...fileExtent(source) }
    assertScorable(name, input)
    const { pValue, decision, reasons, natsPerSample, bitsPerSample } = verdict.decide()
    return {
      file: name,
      ...(groupChoice === undefined ? {} : { groupChoice }),
      bitsPerSample,
      natsPerSample,
      pValue,
      decision,
      reasons,
      anomalies: decision === 'accept' ? [] : anomaliesOf(blocks),
      blocks,
      segmentPValues: pValues,
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
    yield* cutter.push(toMono({ channels }))
  }
  yield* cutter.flush()
}

/** As the server scores a block of a stream, down to the luck of its ties. */
function scoredBlock<Measurement extends MeasuredSegment, Normal extends CalibrationSet>(
  { samples, lead, length, index }: SampleBlock,
  { sampleRate, isLossy }: Pick<AudioSource, 'sampleRate' | 'isLossy'>,
  detector: Detector<Measurement, Normal>,
  options: BlockScoreOptions<Normal>,
): Promise<FileScore> {
  const open = async () => {
    const recording = blockRecording({ samples, sampleRate, lead, length })
    return isLossy ? { ...recording, facts: { ...recording.facts, isLossy } } : recording
  }
  return scoreRecording('block', open, detector, {
    ...options,
    index: segmentsPerFile * options.index + index,
  })
}

/** What the blocks that are not accepted mark, with p-values that hold for all blocks at once. */
function anomaliesOf(blocks: readonly FileBlock[]): FileBlock['anomalies'] {
  return blocks.flatMap(({ anomalies }) =>
    anomalies.map((anomaly) => ({ ...anomaly, pValue: Math.min(1, anomaly.pValue * blocks.length) })),
  )
}
