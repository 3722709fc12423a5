import { type AudioSource, openAudioSource } from '../../../audio/files/audio-source.js'
import { toMono } from '../../../audio/files/channels.js'
import { fileWarnings, warningLine, withFileWarnings } from '../../../audio/files/file-warnings.js'
import { GlowcastError } from '../../../errors.js'
import type { Detector, MeasuredSegment } from '../../detector.js'
import { blockRecording } from '../../recording/block-recording.js'
import { firstSegmentOf, readRecording } from '../../recording/recording.js'
import { type SampleBlock, SampleBlocks } from '../../recording/sample-blocks.js'

export interface BlockRowOptions {
  readonly blockSeconds: number
  /** Blocks of one recording that count at most, spread evenly. */
  readonly maxEach: number
  /** Whether variants are measured too, for the reference of a calibration; see `measureVariants`. */
  readonly withVariants: boolean
}

export interface BlockRow {
  /** Of each block, and of its variants. */
  readonly measurements: readonly (readonly MeasuredSegment[])[]
  /** Recordings that they are of. */
  readonly recordings: number
  /** Why recordings, or blocks of them, are left out. */
  readonly skipped: readonly string[]
  /** What is wrong with files that are measured all the same. */
  readonly warnings: readonly string[]
}

/** Spreads the starts of the first blocks evenly over what is left at an end, however many recordings there are. */
const goldenShare = (Math.sqrt(5) - 1) / 2

/**
 * Measures blocks of one length of some recordings. Those that are long enough are cut as a scoring stream is, from
 * somewhere within what would be left at their end. Shorter ones are joined in their order to one stream of phrases with
 * the pauses that they begin and end with, each without its DC, and that is cut wherever a block happens to end.
 */
export async function measureBlockRow(
  paths: readonly string[],
  detector: Detector,
  { blockSeconds, maxEach, withVariants }: BlockRowOptions,
): Promise<BlockRow> {
  const measurements: MeasuredSegment[][] = []
  const skipped: string[] = []
  const warnings: string[] = []
  const joined = new SampleBlocks(Math.round(blockSeconds * detector.sampleRate), detector.sampleRate)
  /** Where each joined recording starts in their row. */
  const starts: number[] = []
  let [rowSamples, coveredSamples, recordings] = [0, 0, 0]
  const measureJoined = async (blocks: readonly SampleBlock[]) => {
    for (const block of blocks) {
      if (!block.isWhole || block.overlap > 0) continue
      const seconds = `${(block.first / detector.sampleRate).toFixed(1)} s`
      await orSkip(skipped, async () => {
        measurements.push(
          await measured(block, detector.sampleRate, `row, block at ${seconds}`, detector, withVariants),
        )
      })
      coveredSamples = block.first + block.length
    }
  }
  for (const [index, path] of paths.entries()) {
    await orSkip(skipped, async () => {
      const source = await openAudioSource(path)
      if (source.samples >= Math.round(blockSeconds * source.sampleRate)) {
        const watched = withFileWarnings(source, (warning) => warnings.push(warningLine(path, warning)))
        const options = { blockSeconds, maxEach, withVariants, startShare: (goldenShare * (index + 1)) % 1 }
        measurements.push(...(await measureLong(watched, path, detector, options, skipped)))
        recordings += 1
        return
      }
      const recording = await readRecording(source, path)
      detector.assertScorable(path, recording.facts)
      for (const warning of fileWarnings(recording.facts)) warnings.push(warningLine(path, warning))
      for await (const { samples } of recording.segments(detector.sampleRate)) {
        starts.push(rowSamples)
        rowSamples += samples.length
        await measureJoined(joined.push(samples))
      }
    })
  }
  await measureJoined(joined.flush())
  recordings += starts.filter((start) => start < coveredSamples).length
  return { measurements, recordings, skipped, warnings }
}

async function measureLong(
  source: AudioSource,
  path: string,
  detector: Detector,
  { blockSeconds, maxEach, withVariants, startShare }: BlockRowOptions & { readonly startShare: number },
  skipped: string[],
): Promise<MeasuredSegment[][]> {
  const { sampleRate } = source
  const length = Math.round(blockSeconds * sampleRate)
  const count = Math.floor(source.samples / length)
  const most = Math.min(count, maxEach)
  const isChosen = (index: number) =>
    Math.floor(((index + 1) * most) / count) > Math.floor((index * most) / count)
  const cutter = new SampleBlocks(
    length,
    sampleRate,
    Math.floor(startShare * (source.samples - count * length)),
  )
  const measurements: MeasuredSegment[][] = []
  const measureChosen = async (blocks: readonly SampleBlock[]) => {
    for (const block of blocks) {
      if (block.index >= count || !isChosen(block.index)) continue
      const seconds = `${(block.first / sampleRate).toFixed(1)} s`
      await orSkip(skipped, async () => {
        measurements.push(
          await measured(block, sampleRate, `${path}, block at ${seconds}`, detector, withVariants),
        )
      })
    }
  }
  for await (const channels of source.blocks()) {
    await measureChosen(cutter.push(toMono({ channels })))
  }
  await measureChosen(cutter.flush())
  return measurements
}

async function measured(
  { samples, lead, length }: SampleBlock,
  sampleRate: number,
  name: string,
  detector: Detector,
  withVariants: boolean,
): Promise<MeasuredSegment[]> {
  const recording = blockRecording({ samples, sampleRate, lead, length })
  detector.assertScorable(name, recording.facts)
  const segment = await firstSegmentOf(recording, detector.sampleRate)
  return withVariants ? detector.measureVariants(segment) : [(await detector.measure(segment)).measurement]
}

/** What a recording is to blame for leaves it out; our own failures throw. */
async function orSkip(skipped: string[], work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof GlowcastError)) throw error
    skipped.push(`${error.message} [${error.code}]`)
  }
}
