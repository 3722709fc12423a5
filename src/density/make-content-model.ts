import type { Frames } from '../audio/frames.js'
import type { Engine } from '../engine/index.js'
import { GlowcastError } from '../errors.js'
import { splitItems } from './calibrate.js'
import type { ContentConfig, ContentShape } from './content-config.js'
import { contentFlow } from './content-flow.js'
import { type ContentFlows, ContentMeter } from './content-meter.js'
import type { ContentRecording } from './content-recording.js'
import { fitContentReference } from './content-statistics.js'
import { type ContentTrainingResult, trainContentFlow } from './content-trainer.js'

/** Of the recordings, so many validate. */
const validationShare = 0.15

/** Fewer say too little about what is normal. */
export const fewestTraining = 8

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
  readonly normal: ContentTrainingResult
  readonly background?: ContentTrainingResult
}

/**
 * Trains the flow of the normal sound, and before it, where there are any, one of other sounds, from which the first
 * then starts; fits the score's reference.
 *
 * @throws GlowcastError INVALID_DATASET for too few recordings; NON_FINITE
 */
export async function makeContentModel(
  engine: Engine,
  recordings: { normal: readonly ContentRecording[]; background: readonly ContentRecording[] },
  { shape, seed, steps, background: given, onStep }: MakeContentOptions,
): Promise<MadeContentModel> {
  requireEnough('--data', recordings.normal)
  const flow = contentFlow(shape)
  const train = (kind: 'background' | 'normal', initial?: ContentFlows['normal']) =>
    trainContentFlow(engine, flow, split(recordings[kind], seed), {
      seed,
      steps,
      ditherNats: shape.ditherNats,
      ...(initial === undefined ? {} : { initial }),
      onStep: (step, nll) => onStep?.(kind, step, nll),
    })
  const normalHashes = new Set(recordings.normal.map(({ hash }) => hash))
  let background: ContentTrainingResult | undefined
  if (recordings.background.length > 0) {
    requireEnough('--background', recordings.background)
    const shared = recordings.background.filter(({ hash }) => normalHashes.has(hash)).length
    if (shared > 0) {
      const expected = 'recordings of other sounds'
      throw new GlowcastError('INVALID_DATASET', '--background', `${shared} that are in --data too`, expected)
    }
    background = given ?? (await train('background'))
  }
  const normal = await train('normal', background?.weights)
  const flows: ContentFlows =
    background === undefined
      ? { normal: normal.weights }
      : { normal: normal.weights, background: background.weights }
  const meter = await ContentMeter.create(engine, shape, flows)
  try {
    const statistics = []
    for (const { stretches } of recordings.normal) {
      const { patches, seconds } = stretches[0]!
      statistics.push((await meter.measurePatches(patches, seconds)).statistics)
    }
    const used = [...recordings.normal, ...recordings.background]
    const config: ContentConfig = {
      family: 'content',
      ...shape,
      background: background !== undefined,
      reference: fitContentReference(statistics),
      training: {
        recordings: recordings.normal.length,
        seconds: secondsOf(recordings.normal),
        files: used.map(({ hash }) => hash).sort(),
      },
    }
    return { config, flows, normal, ...(background === undefined ? {} : { background }) }
  } finally {
    await meter.dispose()
  }
}

export function secondsOf(recordings: readonly ContentRecording[]): number {
  return recordings
    .flatMap(({ stretches }) => stretches.map(({ seconds }) => seconds))
    .reduce((sum, seconds) => sum + seconds, 0)
}

/** By recording: what validates must not have neighbours among what trains. */
function split(
  recordings: readonly ContentRecording[],
  seed: number,
): { training: Frames[]; validation: Frames[] } {
  const { aside, rest } = splitItems(recordings, validationShare, seed)
  const patches = (of: readonly ContentRecording[]) =>
    of.flatMap(({ stretches }) => stretches.map((stretch) => stretch.patches))
  return { training: patches(rest), validation: patches(aside) }
}

function requireEnough(option: string, { length }: readonly ContentRecording[]): void {
  if (length >= fewestTraining) return
  const got = `${length} recordings that can be used`
  throw new GlowcastError('INVALID_DATASET', option, got, `at least ${fewestTraining}`)
}
