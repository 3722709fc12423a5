import { silentLogMel } from '../../models/glowcast/mel-normalization.js'
import type { Features } from './features.js'

/** Log-mel of `count` frames from `start` on, silence outside the recording. */
export function copyFrames(
  { logMel: source, frames }: Features,
  start: number,
  count: number,
  target: Float32Array,
  { melBands, logFloor }: { melBands: number; logFloor: number },
): void {
  target.fill(silentLogMel(logFloor))
  const from = Math.max(0, start)
  const to = Math.min(frames, start + count)
  target.set(source.subarray(from * melBands, to * melBands), (from - start) * melBands)
}
