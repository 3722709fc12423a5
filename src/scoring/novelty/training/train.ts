import type { Frames } from '../../../audio/buffers/frames.js'
import type { Engine } from '../../../engine/index.js'
import { invalidDataset } from '../../../errors.js'
import { plural } from '../../../plural.js'
import { holdOut } from '../../texture/calibration/calibrate.js'
import type { ContentConfig, ContentShape } from '../config.js'
import { contentFlow } from '../flow.js'
import type { ContentStatistics } from '../measurement.js'
import { type ContentFlows, ContentMeter } from '../meter.js'
import { type KnownProfiles, otherKinds, profileOf, profileTable } from '../profiles.js'
import type { ContentRecording } from '../recording.js'
import { type ContentNormal, fitContentReference } from '../statistics.js'
import { type ContentTrainingResult, trainContentFlow } from './trainer.js'

/** Of the recordings, so many validate. */
const validationShare = 0.15

/** Fewer say too little about what is normal. */
export const minTraining = 8

/**
 * Steps from the flow of a background to that of the normal sound. Validation cannot choose them: of a few recordings
 * unlike the others the broad flow is often the likeliest, and a ratio of it to itself says nothing.
 */
export const stepsFromBackground = 80

/** More known profiles of a kind cost time and memory and change little. */
const maxProfiles = 1000

export interface ContentRecordings {
  readonly normal: readonly ContentRecording[]
  /** Other sounds that are around. */
  readonly background: readonly ContentRecording[]
  /** Sounds that are known to be wrong. */
  readonly negatives: readonly ContentRecording[]
}

export interface MakeContentOptions {
  readonly shape: ContentShape
  readonly seed: number
  /** At most, of each flow. */
  readonly steps: number
  /** A flow that was trained on the background before; it is taken as it is. */
  readonly background?: ContentTrainingResult
  readonly onStep?: (flow: 'background' | 'normal', step: number, validationNll: number) => void
}

export interface MadeContentModel {
  readonly config: ContentConfig
  readonly flows: ContentFlows
  readonly profiles: KnownProfiles
  readonly normal: ContentTrainingResult
  readonly background?: ContentTrainingResult
}

/**
 * Trains the flow of the normal sound, and before it, where there is a background, one of that, from which the first
 * then starts; fits the score's reference. The negatives, which may be few, train no flow: their profiles count.
 *
 * @throws GlowcastError INVALID_DATASET for too few recordings, or such as are normal and another kind; NON_FINITE
 */
export async function makeContentModel(
  engine: Engine,
  recordings: ContentRecordings,
  { shape, seed, steps, background: given, onStep }: MakeContentOptions,
): Promise<MadeContentModel> {
  assertUsable(recordings)
  const flow = contentFlow(shape)
  const train = (kind: 'background' | 'normal') =>
    trainContentFlow(engine, flow, split(recordings[kind], seed), {
      seed,
      steps,
      validates: true,
      ditherNats: shape.ditherNats,
      onStep: (step, nll) => onStep?.(kind, step, nll),
    })
  const background = recordings.background.length === 0 ? undefined : (given ?? (await train('background')))
  const normal =
    background === undefined
      ? await train('normal')
      : await trainContentFlow(engine, flow, everything(recordings.normal), {
          seed,
          steps: Math.min(steps, stepsFromBackground),
          validates: false,
          ditherNats: shape.ditherNats,
          initial: background.weights,
          onStep: (step, nll) => onStep?.('normal', step, nll),
        })
  const flows: ContentFlows =
    background === undefined
      ? { normal: normal.weights }
      : { normal: normal.weights, background: background.weights }
  const statistics = await measured(engine, shape, flows, recordings.normal)
  const { profiles, reference } = contentNormalOf(recordings, statistics)
  const used = [...recordings.normal, ...recordings.background, ...recordings.negatives]
  const config: ContentConfig = {
    family: 'content',
    ...shape,
    background: background !== undefined,
    profiles: Object.fromEntries(
      Object.entries(profiles).map(([kind, { frames }]) => [kind, frames]),
    ) as ContentConfig['profiles'],
    reference,
    training: {
      recordings: recordings.normal.length,
      seconds: secondsOf(recordings.normal),
      files: used.map(({ hash }) => hash).sort(),
    },
  }
  return { config, flows, profiles, normal, ...(background === undefined ? {} : { background }) }
}

async function measured(
  engine: Engine,
  shape: ContentShape,
  flows: ContentFlows,
  recordings: readonly ContentRecording[],
): Promise<ContentStatistics[]> {
  const meter = await ContentMeter.create(engine, shape, flows)
  try {
    const statistics = []
    for (const { segments } of recordings) {
      const { patches, seconds } = segments[0]!
      statistics.push((await meter.measurePatches(patches, seconds)).statistics)
    }
    return statistics
  } finally {
    await meter.dispose()
  }
}

/** @param statistics of the first segment of each normal recording */
export function contentNormalOf(
  recordings: ContentRecordings,
  statistics: readonly ContentStatistics[],
): ContentNormal {
  const known = knownSegments(recordings.normal)
  const kinds = otherKinds.filter((kind) => recordings[kind].length > 0)
  const others = Object.fromEntries(
    kinds.map((kind) => [kind, profileTable(knownSegments(recordings[kind]).map(({ profile }) => profile))]),
  )
  const profiles = { normal: profileTable(known.map(({ profile }) => profile)), ...others }
  const rows = new Map<string, Set<number>>(recordings.normal.map(({ hash }) => [hash, new Set()]))
  for (const [row, { hash }] of known.entries()) rows.get(hash)!.add(row)
  const items = recordings.normal.map(({ hash }, i) => ({
    statistics: statistics[i]!,
    ownRows: rows.get(hash)!,
  }))
  return { profiles, reference: fitContentReference(items, profiles) }
}

/** Profiles of all segments; of many, as many as are kept, evenly spread. */
function knownSegments(
  recordings: readonly ContentRecording[],
): { readonly hash: string; readonly profile: Float32Array }[] {
  const all = recordings.flatMap(({ hash, segments }) =>
    segments.map(({ patches }) => ({ hash, profile: profileOf(patches) })),
  )
  const count = Math.min(maxProfiles, all.length)
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!)
}

export function secondsOf(recordings: readonly ContentRecording[]): number {
  return recordings
    .flatMap(({ segments }) => segments.map(({ seconds }) => seconds))
    .reduce((sum, seconds) => sum + seconds, 0)
}

function everything(recordings: readonly ContentRecording[]): { training: Frames[]; validation: Frames[] } {
  const patches = patchesOf(recordings)
  return { training: patches, validation: patches }
}

function patchesOf(recordings: readonly ContentRecording[]): Frames[] {
  return recordings.flatMap(({ segments }) => segments.map((segment) => segment.patches))
}

/** By recording: what validates must not have neighbours among what trains. */
function split(
  recordings: readonly ContentRecording[],
  seed: number,
): { training: Frames[]; validation: Frames[] } {
  const { heldOut, rest } = holdOut(recordings, validationShare, seed)
  return { training: patchesOf(rest), validation: patchesOf(heldOut) }
}

function assertUsable({ normal, background, negatives }: ContentRecordings): void {
  assertEnough('normal', normal)
  if (background.length > 0) assertEnough('background', background)
  // Copies of one file know each other: without it there would be no neighbour.
  const hashes = new Set(normal.map(({ hash }) => hash))
  if (hashes.size < minTraining) {
    const got = `${plural(normal.length, 'recording')}, ${hashes.size} of them different`
    throw invalidDataset('normal', got, `at least ${minTraining}`)
  }
  assertOthers('background', background, normal)
  assertOthers('negatives', negatives, normal)
}

/** @throws GlowcastError INVALID_DATASET for a recording that is normal and another kind */
export function assertOthers(
  field: string,
  others: readonly ContentRecording[],
  normal: readonly ContentRecording[],
): void {
  const hashes = new Set(normal.map(({ hash }) => hash))
  const shared = others.filter(({ hash }) => hashes.has(hash)).length
  if (shared === 0) return
  throw invalidDataset(field, `${shared} of the normal recordings`, 'recordings of other sounds')
}

function assertEnough(field: string, { length }: readonly ContentRecording[]): void {
  if (length >= minTraining) return
  const got = `${plural(length, 'recording')} that can be used`
  throw invalidDataset(field, got, `at least ${minTraining}`)
}
