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
import { bodyLimit } from './body-limit.js'
import { brokenScoring } from './job-errors.js'
import { serveJobs } from './job-worker.js'
import { rawAudio } from './raw-audio.js'
import type { ScoreJob, ScoreResult, ScoringThreadSettings } from './score-messages.js'
import { lowerPriority, scoringEngine } from './scoring-engine.js'

/** The thread that scores whole recordings, when live streams leave time. */
lowerPriority()
const { modelFolder, calibrationFile, stop } = workerData as ScoringThreadSettings
const ready = start()
// Each job is told of a failure.
ready.catch(() => undefined)

// Blocks of streams do not wait for the minutes of a recording.
const isBlock = ({ kind }: ScoreJob) => kind === 'block'
const letBlocksGo = serveJobs<ScoreJob, ScoreResult>(score, () => [], brokenScoring, isBlock)

async function start() {
  const model = await loadGlowcastModel(modelFolder)
  const meter = await RecordingMeter.create(await scoringEngine(stop, () => letBlocksGo()), model, {
    chunkFrames: recordingChunkFrames,
  })
  return { meter, hash: model.hash, calibration: await loadCalibration(calibrationFile, meter.density) }
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

async function bodySource({ bytes, raw, mostSeconds }: ScoreJob & { kind: 'body' }): Promise<AudioSource> {
  const limit = bodyLimit(mostSeconds)
  if (raw !== undefined) return decodedSource(rawAudio(bytes, raw, limit))
  return openAudioSource(memoryInput(bytes, 'body'), { limit })
}
