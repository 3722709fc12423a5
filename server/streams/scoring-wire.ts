import { largestSample } from '../../src/audio/buffers/finite.js'
import { type FrameScores, type PcmFormat, pcmToSamples, sampleBytes } from '../../src/protocol/messages.js'
import type { FrameMap } from '../../src/scoring/texture/live-scorer.js'
import { fieldError } from '../operations/api-error.js'

/**
 * Samples of a recording as the wire has them.
 *
 * @param position of the first in the recording
 * @throws ApiError invalid_audio
 */
export function decodedSamples(payload: Uint8Array, format: PcmFormat, position: number): Float32Array {
  const width = sampleBytes[format]
  if (payload.length % width !== 0) {
    throw fieldError('invalid_audio', 'payload', `${payload.length} bytes`, `whole samples of ${width}`)
  }
  const samples = pcmToSamples(payload, format)
  const bad = samples.findIndex((sample) => !(Math.abs(sample) <= largestSample))
  if (bad < 0) return samples
  throw fieldError('invalid_audio', `sample ${position + bad}`, samples[bad]!, '-1 to 1', 'payload')
}

/** One message of all that came at a time, in numbers that are short as text. */
export function joinedScores(maps: readonly FrameMap[], frameSeconds: number): FrameScores {
  const frame = maps[0]!.frame
  const rounded = (values: (map: FrameMap) => readonly number[], digits: number) =>
    maps.flatMap((map) => values(map).map((value) => Number(value.toFixed(digits))))
  return {
    frame,
    startSeconds: Number((frame * frameSeconds).toFixed(4)),
    surprise: rounded(({ surprise }) => surprise, 4),
    bandSurprise: rounded(({ bandSurprise }) => bandSurprise, 2),
    natsPerSample: rounded(({ natsPerSample }) => natsPerSample, 4),
    levelDb: rounded(({ levelDb }) => levelDb, 1),
  }
}
