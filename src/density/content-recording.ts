import { openAudioSource } from '../audio/audio-source.js'
import { requireFinite } from '../audio/finite.js'
import type { Frames } from '../audio/frames.js'
import { melPresets } from '../audio/mel.js'
import { GlowcastError } from '../errors.js'
import type { ContentShape } from './content-config.js'
import { recordingHash } from './content-model.js'
import { contentPatches } from './content-patches.js'
import { requireScorable, scoredPart, stretches } from './recording.js'
import { silenceDb } from './signal-facts.js'

/** A recording as training sees it. */
export interface ContentRecording {
  /** See `recordingHash`. */
  readonly hash: string
  /** At least one. */
  readonly stretches: readonly ContentStretch[]
}

export interface ContentStretch {
  readonly patches: Frames
  readonly seconds: number
}

/**
 * Reads a recording twice, block by block: once for its DC and level, which is quicker than all its facts, once for its
 * patches.
 *
 * @throws GlowcastError as scoring does: what cannot be scored does not train and does not calibrate
 */
export async function readContentRecording(path: string, shape: ContentShape): Promise<ContentRecording> {
  const { sampleRate } = melPresets[shape.mel]
  const source = await openAudioSource(path)
  let position = 0
  let sum = 0
  let squares = 0
  for await (const block of source.blocks()) {
    for (const channel of block) {
      requireFinite(channel, position, path)
      for (const sample of channel) {
        sum += sample
        squares += sample * sample
      }
    }
    position += block[0]!.length
  }
  const seconds = position / source.sampleRate
  const dc = sum / (position * source.channels)
  const power = squares / (position * source.channels) - dc ** 2
  const isSilent = !(power >= 10 ** (silenceDb / 10))
  requireScorable(path, { seconds, levelDb: isSilent ? null : 10 * Math.log10(power), silenceShare: 0 })
  const found: ContentStretch[] = []
  for await (const stretch of stretches(source, dc, sampleRate)) {
    const samples = scoredPart(stretch)
    found.push({ patches: contentPatches(samples, shape), seconds: samples.length / sampleRate })
  }
  return { hash: await recordingHash(path), stretches: found }
}

/**
 * Reads recordings one after the other; one that cannot be used is left out and named.
 *
 * @param onFile called after each file with the number of files done
 */
export async function readContentRecordings(
  paths: readonly string[],
  shape: ContentShape,
  skipped: string[],
  onFile: () => void = () => undefined,
): Promise<ContentRecording[]> {
  const recordings: ContentRecording[] = []
  for (const path of paths) {
    try {
      recordings.push(await readContentRecording(path, shape))
    } catch (error) {
      if (!(error instanceof GlowcastError)) throw error
      skipped.push(`${error.message} [${error.code}]`)
    }
    onFile()
  }
  return recordings
}
