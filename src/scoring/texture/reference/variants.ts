import { minSeconds } from '../../recording/lengths.js'
import { withMirroredEnds } from '../../recording/mirrored-ends.js'
import type { HeardSegment } from '../../recording/recording.js'
import type { RecordingMeter, TextureMeasurement } from './meter.js'

/**
 * Levels of the copies of a recording that tell how its statistics change when it is turned down, dB: rounding to 16 bits
 * stays where it is, and comes nearer.
 */
const copyLevelsDb = [-8, -16] as const

/** Parts of a recording, as shares of its length, that tell how its statistics change when it is short, or has no pauses. */
const pieceShares = [
  [0, 0.35],
  [0.3, 0.7],
  [0.45, 0.65],
] as const

/** @returns measurements of a recording, then of quieter copies and of pieces of it that are long enough to be scored */
export async function measureVariants(
  segment: HeardSegment,
  meter: RecordingMeter,
): Promise<TextureMeasurement[]> {
  const heard = withMirroredEnds(segment, meter.hopLength)
  const latents = await meter.likelihood.latents(heard.samples)
  const quieter: TextureMeasurement[] = []
  for (const db of copyLevelsDb) {
    const samples = turnedDown(segment.samples, db)
    quieter.push((await meter.measure({ ...segment, samples })).measurement)
  }
  const parts = [heard, ...piecesOf(heard, meter.sampleRate)]
  const [whole, ...pieces] = parts.map((part) => meter.scoredPartOf(part, latents).measurement)
  return [whole!, ...quieter, ...pieces]
}

const steps = 32768

/** As a 16-bit file holds it. */
function turnedDown(samples: Float32Array, db: number): Float32Array {
  const gain = steps * 10 ** (db / 20)
  return samples.map((sample) => Math.round(gain * sample) / steps)
}

/** They are heard within the whole, so that they have no ends of their own. */
function piecesOf({ samples, startSeconds, margins }: HeardSegment, sampleRate: number): HeardSegment[] {
  const scored = samples.length - margins.lead - margins.behind
  return pieceShares.flatMap(([from, to]) => {
    const [start, end] = [Math.round(from * scored), Math.round(to * scored)]
    if (end - start < minSeconds * sampleRate) return []
    return {
      samples,
      startSeconds: startSeconds + start / sampleRate,
      margins: { lead: margins.lead + start, behind: margins.behind + scored - end },
    }
  })
}
