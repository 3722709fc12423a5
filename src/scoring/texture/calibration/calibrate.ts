import { invalidDataset } from '../../../errors.js'
import { RandomStream } from '../../../numeric/random.js'
import { randomStreams } from '../../../numeric/random-streams.js'
import type { GroupCalibration } from '../../calibration/file.js'
import type { CalibrateOptions } from '../../detector.js'
import { fitEventReference, strongestEvent } from '../events/reference.js'
import { type SoundMeasures, soundMeasureNames } from '../features/sound-measures.js'
import type { TextureMeasurement } from '../reference/meter.js'
import { featureSurprisals, fitReference, textureScore } from '../reference/reference.js'

/**
 * Holds a share of the items out, at random. What fits the reference must not calibrate: the score would know it.
 */
export function holdOut<T>(items: readonly T[], share: number, seed: number): { heldOut: T[]; rest: T[] } {
  const random = new RandomStream(seed, randomStreams.heldOut[0])
  const shuffled = items.map((item) => ({ item, key: random.uniform() })).sort((a, b) => a.key - b.key)
  const count = Math.round(share * items.length)
  const chosen = new Set(shuffled.slice(0, count).map(({ item }) => item))
  return {
    heldOut: items.filter((item) => chosen.has(item)),
    rest: items.filter((item) => !chosen.has(item)),
  }
}

/**
 * Calibrates the texture score of a group.
 *
 * @param fitting recordings that say what is normal, each with its variants behind it
 * @param items other recordings of the group, one measurement each: their scores rank new ones
 * @throws GlowcastError INVALID_DATASET for fewer than 20 to fit, or none to calibrate
 */
export function calibrateGroup(
  fitting: readonly (readonly TextureMeasurement[])[],
  items: readonly TextureMeasurement[],
  { seed, date, blocks }: CalibrateOptions,
): GroupCalibration {
  if (items.length === 0) {
    const expected = 'at least one more recording than those that define what is normal'
    throw invalidDataset('items', 'nothing to calibrate', expected)
  }
  const reference = fitReference(fitting.map((copies) => copies.map(({ statistics }) => statistics)))
  const scores = items.map(({ statistics }) => textureScore(featureSurprisals(reference, statistics)))
  const eventReference = fitEventReference(reference, fitting)
  const events = items.map((item) => strongestEvent({ reference, eventReference }, item))
  const all = [...fitting.map(([recording]) => recording!), ...items].map(({ sound }) => sound)
  const normal = Object.fromEntries(
    soundMeasureNames.map((name) => [name, centralRange(all.map((sound) => sound[name]))]),
  )
  return {
    n: items.length,
    date,
    seed,
    referenceItems: fitting.length,
    seconds:
      blocks === undefined
        ? rangeOf(items.map(({ seconds }) => seconds))
        : [blocks.blockSeconds, blocks.blockSeconds],
    ...blocks,
    reference,
    eventReference,
    normal: normal as Record<keyof SoundMeasures, [number, number]>,
    scores: scores.sort((a, b) => a - b),
    events: events.sort((a, b) => a - b),
  }
}

/** The range that holds all but 2.5 % at each end. */
function centralRange(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => a - b)
  const cut = Math.floor(0.025 * sorted.length)
  return [sorted[cut]!, sorted[sorted.length - 1 - cut]!]
}

function rangeOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)]
}
