import type { PitchTrack } from './pitch.js'

/** A maximal run of voiced frames [firstFrame, endFrame) and the samples [start, end) that they cover. */
export interface VoicedSegment {
  readonly firstFrame: number
  readonly endFrame: number
  readonly start: number
  readonly end: number
}

/** Voiced runs of a pitch track, cut at the end of the signal. */
export function voicedSegments(pitch: PitchTrack, samples: number): VoicedSegment[] {
  const { f0Hz, hopLength } = pitch
  const segments: VoicedSegment[] = []
  let frame = 0
  while (frame < f0Hz.length) {
    if (!(f0Hz[frame]! > 0)) {
      frame++
      continue
    }
    const firstFrame = frame
    while (frame < f0Hz.length && f0Hz[frame]! > 0) frame++
    const start = firstFrame * hopLength
    const end = Math.min(samples, frame * hopLength)
    if (end > start) segments.push({ firstFrame, endFrame: frame, start, end })
  }
  return segments
}

/**
 * Value at a sample of a quantity known at frame centres, held before the first and after the last.
 *
 * @param values one per frame of the segment
 * @param sample relative to the first frame's first sample; may lie outside the segment
 */
export function atSample(values: Float64Array, hopLength: number, sample: number): number {
  const position = (sample - (hopLength >> 1)) / hopLength
  const last = values.length - 1
  if (position <= 0) return values[0]!
  if (position >= last) return values[last]!
  const i = Math.floor(position)
  const right = position - i
  return values[i]! * (1 - right) + values[i + 1]! * right
}
