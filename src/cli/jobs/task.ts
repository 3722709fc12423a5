import { openAudioSource } from '../../audio/files/audio-source.js'
import { fileWarnings, warningLine } from '../../audio/files/file-warnings.js'
import type { Engine } from '../../engine/index.js'
import { GlowcastError } from '../../errors.js'
import type { Detector } from '../../scoring/detector.js'
import { openRecording } from '../../scoring/recording/open-recording.js'
import type { ScoredRecording } from '../../scoring/recording/recording.js'
import { measureBlockRow } from '../../scoring/texture/calibration/block-row.js'
import { combinedScore } from '../../scoring/verdict/combined-score.js'
import { type BlockScoreOptions, scoreInBlocks } from '../../scoring/verdict/file-blocks.js'
import {
  type FileBlock,
  type FileScore,
  readingShare,
  scoreRecording,
} from '../../scoring/verdict/file-score.js'
import type { ShownSegment } from '../../scoring/verdict/shown-segment.js'
import { engineFrom } from '../options.js'
import type { DensityTask, DensityTaskResult, DensityTaskSettings, MeasuringJob } from './contract.js'
import { type LoadedDetector, loadDetector } from './detectors.js'

interface TaskOptions {
  /** What the engine's calls go through. */
  readonly around?: (engine: Engine) => Engine
  /** The detectors, where their models were read before. */
  readonly loaded?: readonly LoadedDetector[] | undefined
}

/** @throws GlowcastError as loading a model and creating an engine do */
export async function openDensityTask(
  settings: DensityTaskSettings,
  { around = (engine) => engine, loaded }: TaskOptions = {},
): Promise<DensityTask> {
  const engine = around(await engineFrom(settings.engine))
  const models = loaded ?? (await Promise.all(settings.detectors.map(loadDetector)))
  const detectors: Detector[] = []
  for (const model of models) detectors.push(await model.create(engine))
  const [first] = detectors as [Detector]
  const { score } = settings
  return {
    engine: engine.description,
    hash: models.map(({ hash }) => hash).join(' '),
    run: async (job, index, onShare = () => undefined) => {
      if (typeof job === 'string')
        return scored(job, index, detectors, { ...settings, score: score! }, onShare)
      return 'paths' in job
        ? { row: await measureBlockRow(job.paths, first, job.blocks) }
        : firstSegment(job, first)
    },
    dispose: async () => {
      await Promise.all(detectors.map((detector) => detector.dispose()))
    },
  }
}

type ScoringSettings = DensityTaskSettings & Required<Pick<DensityTaskSettings, 'score'>>

/** By each detector, of one reading. */
async function scored(
  path: string,
  index: number,
  detectors: readonly Detector[],
  { score: { withSegment, blockSeconds, ...rest }, detectors: settings }: ScoringSettings,
  onShare: (share: number) => void,
): Promise<DensityTaskResult> {
  if (blockSeconds !== undefined) {
    const options = { ...rest, group: settings[0]!.group!, index, blockSeconds }
    return scoredInBlocks(path, detectors[0]!, options, withSegment, onShare)
  }
  let segment: ShownSegment | undefined
  let recording: Promise<ScoredRecording> | undefined
  const open = () => {
    recording ??= openRecording(path, (share) => onShare(readingShare * share))
    return recording
  }
  const scores: { texture?: FileScore; novelty?: FileScore } = {}
  for (const [i, detector] of detectors.entries()) {
    scores[detector.name] = await scoreRecording(path, open, detector, {
      ...rest,
      group: settings[i]!.group!,
      index,
      onProgress: (share) => onShare((i + share) / detectors.length),
      onSegment: (shown) => {
        if (withSegment && i === 0) segment ??= shown
      },
    })
  }
  const score = combinedScore(scores)
  return segment === undefined ? { score } : { score, segment }
}

async function scoredInBlocks(
  path: string,
  detector: Detector,
  options: BlockScoreOptions,
  withSegment: boolean,
  onShare: (share: number) => void,
): Promise<DensityTaskResult> {
  type Judged = ShownSegment & { readonly pValue: number }
  let heard: Judged | undefined
  let worst: Judged | undefined
  const score = await scoreInBlocks(path, () => openAudioSource(path), detector, {
    ...options,
    onSegment: (shown, { pValue }) => {
      if (withSegment) heard = { ...shown, pValue }
    },
    onBlock: ({ startSeconds }: FileBlock, share) => {
      onShare(share)
      if (heard !== undefined && heard.pValue < (worst?.pValue ?? Number.POSITIVE_INFINITY))
        worst = { ...heard, startSeconds: startSeconds + heard.startSeconds }
      heard = undefined
    },
  })
  return worst === undefined ? { score } : { score, segment: worst }
}

/** A recording that scoring would refuse is left out and named; one longer than a segment counts by its first one. */
async function firstSegment(
  { path, withVariants }: MeasuringJob,
  detector: Detector,
): Promise<DensityTaskResult> {
  try {
    const recording = await openRecording(path)
    detector.assertScorable(path, recording.facts)
    const warnings = fileWarnings(recording.facts).map((warning) => warningLine(path, warning))
    for await (const segment of recording.segments(detector.sampleRate)) {
      const measurements = withVariants
        ? await detector.measureVariants(segment)
        : [(await detector.measure(segment)).measurement]
      return { measurements, warnings }
    }
    return { skipped: `${path}: no samples` }
  } catch (error) {
    if (!(error instanceof GlowcastError)) throw error
    return { skipped: `${error.message} [${error.code}]` }
  }
}
