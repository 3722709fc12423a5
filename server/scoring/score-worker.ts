import { basename } from 'node:path'
import { workerData } from 'node:worker_threads'
import { type AudioSource, decodedSource, openAudioSource } from '../../src/audio/files/audio-source.js'
import { memoryInput } from '../../src/io/byte-file.js'
import { fileRanking } from '../../src/scoring/calibration/choose-set.js'
import type { GroupCalibration } from '../../src/scoring/calibration/file.js'
import type { Detector } from '../../src/scoring/detector.js'
import { blockRecording } from '../../src/scoring/recording/block-recording.js'
import { readRecording, type ScoredRecording } from '../../src/scoring/recording/recording.js'
import { TextureDetector } from '../../src/scoring/texture/detector.js'
import type { TextureMeasurement } from '../../src/scoring/texture/reference/meter.js'
import type { Reason } from '../../src/scoring/verdict/anomaly.js'
import { scoreOrigin } from '../../src/scoring/verdict/answer.js'
import { scoreInBlocks } from '../../src/scoring/verdict/file-blocks.js'
import { type FileScore, type ScoreOptions, scoreRecording } from '../../src/scoring/verdict/file-score.js'
import { ownControl } from '../../src/threads/thread-control.js'
import { bodyLimit, cancellable } from '../uploads/body-limit.js'
import { rawAudio } from '../uploads/raw-audio.js'
import { type CancelFlag, throwIfCancelled } from '../workers/cancellation.js'
import { brokenScoring } from '../workers/errors.js'
import { serveJobs } from '../workers/serve.js'
import { loadServedModel } from '../workers/served-model.js'
import { lowerPriority, threadEngine } from '../workers/thread-engine.js'
import type { ScoreJob, ScoreResult, ScoringThreadSettings } from './messages.js'

type Served = Detector<TextureMeasurement, GroupCalibration>

/** The thread that scores whole recordings, when live streams leave time. */
lowerPriority()
const { modelFolder, hash, calibration, calibrationFile } = workerData as ScoringThreadSettings
const control = ownControl()
/** Of the recording that is being scored; none of a block, which may be scored within a recording. */
let cancel: CancelFlag | undefined

await serveJobs<ScoreJob, ScoreResult>({
  async start(letBlocksGo) {
    const model = await loadServedModel(modelFolder, hash)
    const letOthersGo = async () => {
      await letBlocksGo()
      if (cancel !== undefined) throwIfCancelled(cancel)
    }
    const engine = await threadEngine(control, letOthersGo)
    const detector: Served = await TextureDetector.create(engine, model)
    return (job) => scoreCancellably(detector, job)
  },
  transferOf: () => [],
  unknownFailure: brokenScoring,
  // Blocks of streams do not wait for the minutes of a recording.
  isUrgent: ({ kind }) => kind === 'block',
})

async function scoreCancellably(detector: Served, job: ScoreJob): Promise<ScoreResult> {
  const outer = cancel
  cancel = job.kind === 'body' ? job.cancel : undefined
  try {
    return await score(detector, job)
  } finally {
    cancel = outer
  }
}

async function score(detector: Served, job: ScoreJob): Promise<ScoreResult> {
  const started = performance.now()
  const { falseAlarmRate, seed, blockSeconds: wantedSeconds } = job
  const shortName = job.kind === 'body' ? job.shortGroup : undefined
  const { group, ...blocks } = fileRanking(calibration.groups, job.group, wantedSeconds, shortName)
  const index = job.kind === 'block' ? job.index : 0
  let found: readonly Reason[] = []
  const onSegment: ScoreOptions['onSegment'] = (_, judged) => {
    found = judged.reasons
  }
  const options = { group, falseAlarmRate, seed, index, onProgress: () => control.beat(), onSegment }
  const { blockSeconds } = blocks
  const result: FileScore =
    job.kind === 'body' && blockSeconds !== undefined
      ? await scoreInBlocks('body', () => bodySource(job), detector, {
          ...options,
          ...blocks,
          blockSeconds,
        })
      : await scoreRecording('body', () => open(job), detector, options)
  const ranked = result.groupChoice?.group ?? job.group
  const origin = scoreOrigin(basename(calibrationFile), ranked, calibration.groups[ranked], hash)
  return {
    answer: { ...result, ...origin },
    found,
    computeMs: performance.now() - started,
  }
}

async function open(job: ScoreJob): Promise<ScoredRecording> {
  if (job.kind === 'block') return blockRecording(job)
  return readRecording(await bodySource(job), 'body')
}

async function bodySource(job: ScoreJob & { kind: 'body' }): Promise<AudioSource> {
  const { bytes, raw, maxSeconds } = job
  const limit = bodyLimit(maxSeconds, bytes.length, job.cancel)
  if (raw !== undefined) return cancellable(decodedSource(rawAudio(bytes, raw, limit)), job.cancel)
  const source = await openAudioSource(memoryInput(bytes, 'body'), { limit, onRead: () => control.beat() })
  return cancellable(source, job.cancel)
}
