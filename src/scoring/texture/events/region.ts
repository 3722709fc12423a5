/** A run of mel frames that stand out. */
export interface Region {
  readonly firstFrame: number
  readonly endFrame: number
  /** Largest size of a deviation in it. */
  readonly peak: number
  /** Sign of that deviation: more energy in the latents than normal, or less. */
  readonly sign: 1 | -1
}

/** Marked frames closer than this (139 ms at 22,050 Hz) belong to one region: so long a click rings in the flow. */
const joinFrames = 12

/** Frames the size of whose deviation stands out, joined to regions; in order of time. */
export function regionsOf(deviations: Float64Array, isOut: (size: number) => boolean): Region[] {
  const regions: Region[] = []
  for (const [frame, deviation] of deviations.entries()) {
    if (!isOut(Math.abs(deviation))) continue
    const last = regions.at(-1)
    const isNear = last !== undefined && frame - last.endFrame < joinFrames
    const start = isNear ? regions.pop()! : undefined
    const isPeak = start === undefined || Math.abs(deviation) > start.peak
    regions.push({
      firstFrame: start?.firstFrame ?? frame,
      endFrame: frame + 1,
      peak: isPeak ? Math.abs(deviation) : start.peak,
      sign: isPeak ? (deviation > 0 ? 1 : -1) : start.sign,
    })
  }
  return regions
}

/**
 * What stands out reaches as far as frames deviate to the same side by more than this and by a quarter of its peak, but
 * for one or two frames.
 */
const edgeDeviation = 2.5
const edgeShare = 0.25
const edgeGapFrames = 2

/** A region with the frames around it that deviate with it, but less. */
export function grown(region: Region, deviations: Float64Array): Region {
  const least = Math.max(edgeDeviation, edgeShare * region.peak)
  const isIn = (frame: number) => region.sign * (deviations[frame] ?? 0) > least
  const steps = Array.from({ length: edgeGapFrames + 1 }, (_, i) => i + 1)
  const reach = (from: number, direction: 1 | -1): number => {
    const step = steps.find((count) => isIn(from + direction * count))
    return step === undefined ? from : reach(from + direction * step, direction)
  }
  return {
    ...region,
    firstFrame: reach(region.firstFrame, -1),
    endFrame: reach(region.endFrame - 1, 1) + 1,
  }
}

/** What deviates by less than this part of the peak rings, or leads to it. */
const coreShare = 0.5

/** A region without what rings before and behind its strongest frames. */
export function coreOf(region: Region, deviations: Float64Array): Region {
  const isCore = (frame: number) => Math.abs(deviations[frame]!) >= coreShare * region.peak
  let { firstFrame, endFrame } = region
  while (!isCore(firstFrame)) firstFrame++
  while (!isCore(endFrame - 1)) endFrame--
  return { ...region, firstFrame, endFrame }
}

/** Regions, in order of time, of which those that touch are one. */
export function joined(regions: readonly Region[]): Region[] {
  const result: Region[] = []
  for (const region of regions) {
    const last = result.at(-1)
    if (last === undefined || region.firstFrame > last.endFrame) {
      result.push(region)
      continue
    }
    const { peak, sign } = region.peak > last.peak ? region : last
    const endFrame = Math.max(last.endFrame, region.endFrame)
    result[result.length - 1] = { firstFrame: last.firstFrame, endFrame, peak, sign }
  }
  return result
}

/** Largest size of a deviation. */
export function peakOf(deviations: Float64Array): number {
  return deviations.reduce((highest, deviation) => Math.max(highest, Math.abs(deviation)), 0)
}
