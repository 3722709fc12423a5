import type { Frames } from '../../audio/buffers/frames.js'
import { openAudioSource } from '../../audio/files/audio-source.js'
import { type FileWarning, warningLine, withFileWarnings } from '../../audio/files/file-warnings.js'
import { melPresets } from '../../audio/mel/mel.js'
import { GlowcastError } from '../../errors.js'
import { decibels } from '../../numeric/stats.js'
import { assertScorable, scoredPart, segments } from '../recording/recording.js'
import { recordingHash } from '../recording/recording-hash.js'
import type { ContentShape } from './config.js'
import { contentPatches } from './patches.js'

/** A recording as training sees it. */
export interface ContentRecording {
  /** See `recordingHash`. */
  readonly hash: string
  /** At least one. */
  readonly segments: readonly ContentSegment[]
}

interface ContentSegment {
  readonly patches: Frames
  readonly seconds: number
}

/**
 * Level without DC, dB full scale, below which a recording is silence to a content model. Machines are recorded at low
 * gains; but much below this the log-mel is at its floor.
 */
const quietestDb = -80

/**
 * The same for what trains, calibrates and is scored.
 *
 * @param meanSquare of all samples, with their DC
 * @throws GlowcastError TOO_SHORT, SILENT
 */
export function assertContentScorable(
  path: string,
  { seconds, meanSquare, dc }: { seconds: number; meanSquare: number; dc: number },
): void {
  // Of nothing and of a constant it is 0, NaN or what rounding leaves.
  const levelDb = decibels(meanSquare - dc ** 2)
  assertScorable(
    path,
    { seconds, levelDb: levelDb >= quietestDb ? levelDb : null, silenceShare: 0 },
    quietestDb,
  )
}

/**
 * Reads a recording twice, block by block: once for its DC and level, which is quicker than all its facts, once for its
 * patches.
 *
 * @param warn told what is wrong with the file, such as its being cut
 * @throws GlowcastError as scoring does: what cannot be scored does not train and does not calibrate
 */
export async function readContentRecording(
  path: string,
  shape: ContentShape,
  warn: (warning: FileWarning) => void = () => undefined,
): Promise<ContentRecording> {
  const { sampleRate } = melPresets[shape.mel]
  const source = await openAudioSource(path)
  let position = 0
  let sum = 0
  let squares = 0
  for await (const block of withFileWarnings(source, warn).blocks()) {
    for (const channel of block) {
      for (const sample of channel) {
        sum += sample
        squares += sample * sample
      }
    }
    position += block[0]!.length
  }
  const dc = sum / (position * source.channels)
  const meanSquare = squares / (position * source.channels)
  assertContentScorable(path, { seconds: position / source.sampleRate, meanSquare, dc })
  const found: ContentSegment[] = []
  for await (const segment of segments(source, dc, sampleRate)) {
    const samples = scoredPart(segment)
    found.push({ patches: contentPatches(samples, shape), seconds: samples.length / sampleRate })
  }
  return { hash: await recordingHash(path), segments: found }
}

/**
 * Reads recordings one after the other; one that cannot be used, and a copy of one before it, is left out and named:
 * copies say nothing new, and among those that calibrate they would make p-values finer than is known.
 *
 * @param onFile called after each file
 * @param seen hashes of recordings of which copies are left out; those that are read are added
 * @param warn told what is wrong with a file that is read all the same
 */
export async function readContentRecordings(
  paths: readonly string[],
  shape: ContentShape,
  skipped: string[],
  onFile: () => void = () => undefined,
  seen: Set<string> = new Set(),
  warn: (line: string) => void = () => undefined,
): Promise<ContentRecording[]> {
  const recordings: ContentRecording[] = []
  for (const path of paths) {
    try {
      const recording = await readContentRecording(path, shape, (warning) => warn(warningLine(path, warning)))
      if (seen.has(recording.hash)) skipped.push(`${path}: a copy of another recording`)
      else recordings.push(recording)
      seen.add(recording.hash)
    } catch (error) {
      if (!(error instanceof GlowcastError)) throw error
      skipped.push(`${error.message} [${error.code}]`)
    }
    onFile()
  }
  return recordings
}
