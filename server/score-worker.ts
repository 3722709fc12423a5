import { basename } from 'node:path'
import { workerData } from 'node:worker_threads'
import { type AudioSource, decodedSource, openAudioSource } from '../src/audio/audio-source.js'
import { memoryInput } from '../src/audio/byte-file.js'
import { blockRecording } from '../src/density/block-recording.js'
import { loadCalibration } from '../src/density/calibration.js'
import { scoreInBlocks } from '../src/density/file-blocks.js'
import { type FileScore, scoreRecording } from '../src/density/file-score.js'
import { recordingChunkFrames } from '../src/density/likelihood.js'
import { readRecording, type ScoredRecording } from '../src/density/recording.js'
import { RecordingMeter } from '../src/density/recording-meter.js'
import { scoreOrigin } from '../src/density/score-answer.js'
import { loadGlowcastModel } from '../src/models/load-model.js'
import { bodyLimit, cancellable } from './body-limit.js'
import { type CancelFlag, throwIfCancelled } from './cancellation.js'
import { brokenScoring } from './job-errors.js'
import { serveJobs } from './job-worker.js'
import { rawAudio } from './raw-audio.js'
import type { ScoreJob, ScoreResult, ScoringThreadSettings } from './score-messages.js'
import { lowerPriority, scoringEngine } from './scoring-engine.js'

/** The thread that scores whole recordings, when live streams leave time. */
lowerPriority()
const { modelFolder, calibrationFile, stop } = workerData as ScoringThreadSettings
/** Of the recording that is being scored; none of a block, which may be scored within a recording. */
let cancel: CancelFlag | undefined
const ready = start()
// Each job is told of a failure.
ready.catch(() => undefined)

// Blocks of streams do not wait for the minutes of a recording.
const isBlock = ({ kind }: ScoreJob) => kind === 'block'
const letBlocksGo = serveJobs<ScoreJob, ScoreResult>(scoreCancellably, () => [], brokenScoring, isBlock)

async function start() {
  const model = await loadGlowcastModel(modelFolder)
  const letOthersGo = async () => {
    await letBlocksGo()
    if (cancel !== undefined) throwIfCancelled(cancel)
  }
  const meter = await RecordingMeter.create(await scoringEngine(stop, letOthersGo), model, {
    chunkFrames: recordingChunkFrames,
  })
  return { meter, hash: model.hash, calibration: await loadCalibration(calibrationFile, meter.density) }
}

async function scoreCancellably(job: ScoreJob): Promise<ScoreResult> {
  const outer = cancel
  cancel = job.kind === 'body' ? job.cancel : undefined
  try {
    return await score(job)
  } finally {
    cancel = outer
  }
}

async function score(job: ScoreJob): Promise<ScoreResult> {
  const { meter, hash, calibration } = await ready
  const started = performance.now()
  const group = calibration.groups[job.group]!
  const { falseAlarmRate, seed } = job
  const index = job.kind === 'block' ? job.index : 0
  const options = { group, falseAlarmRate, seed, index }
  const blockSeconds = job.kind === 'body' ? (job.blockSeconds ?? group.blockSeconds) : undefined
  const result: FileScore =
    job.kind === 'body' && blockSeconds !== undefined
      ? await scoreInBlocks('body', () => bodySource(job), meter, { ...options, blockSeconds })
      : await scoreRecording('body', () => open(job, meter.sampleRate), meter, options)
  return {
    answer: { ...result, ...scoreOrigin(basename(calibrationFile), job.group, group, hash) },
    computeMs: performance.now() - started,
  }
}

async function open(job: ScoreJob, modelRate: number): Promise<ScoredRecording> {
  if (job.kind === 'block') return blockRecording(job, modelRate)
  return readRecording(await bodySource(job), 'body', modelRate)
}

async function bodySource(job: ScoreJob & { kind: 'body' }): Promise<AudioSource> {
  const { bytes, raw, mostSeconds } = job
  const limit = bodyLimit(mostSeconds, bytes.length, job.cancel)
  if (raw !== undefined) return cancellable(decodedSource(rawAudio(bytes, raw, limit)), job.cancel)
  return cancellable(await openAudioSource(memoryInput(bytes, 'body'), { limit }), job.cancel)
}
