import type { HeardSegment } from './recording.js'

/** Mel frames that are heard beside what is scored, at least: 0.24 s at 22,050 Hz. */
export const minHeardFrames = 21

/**
 * The segment with sound on both sides of what is scored. Where a recording begins or ends, its own sound is put there in
 * reverse: a recording that was cut within speech otherwise begins with a step, which rings in the flow for 0.2 s and
 * which nothing tells from a click. What is a click or noise at an end stays one.
 *
 * @param hopLength samples of a mel frame
 */
export function withMirroredEnds(segment: HeardSegment, hopLength: number): HeardSegment {
  const { samples, margins } = segment
  const least = minHeardFrames * hopLength
  const [before, behind] = [Math.max(0, least - margins.lead), Math.max(0, least - margins.behind)]
  if (before === 0 && behind === 0) return segment
  const last = samples.length - 1
  const heard = new Float32Array(before + samples.length + behind)
  for (let i = 0; i < before; i++) heard[before - 1 - i] = samples[Math.min(i, last)]!
  heard.set(samples, before)
  for (let i = 0; i < behind; i++) heard[before + samples.length + i] = samples[Math.max(last - i, 0)]!
  return {
    ...segment,
    samples: heard,
    margins: { lead: margins.lead + before, behind: margins.behind + behind },
  }
}
