import type { GroupCalibration } from '../density/calibration.js'
import { type FileScore, scoreFile } from '../density/file-score.js'
import { recordingChunkFrames } from '../density/likelihood.js'
import { openRecording, requireScorable } from '../density/recording.js'
import { RecordingMeter, type StretchMeasurement } from '../density/recording-meter.js'
import type { ScoreReportItem } from '../density/score-report.js'
import type { Engine } from '../engine/index.js'
import { GlowcastError } from '../errors.js'
import { loadGlowcastModel } from '../models/load-model.js'
import { type ContentTaskSettings, openContentTask } from './content-task.js'
import { type EngineOptions, engineFrom } from './options.js'

/** What is done with each of many recordings, here or in a thread: plain data. */
export interface DensityTaskSettings {
  readonly model: string
  readonly engine: EngineOptions
  /** Absent: recordings are measured for a calibration. */
  readonly score?: {
    readonly group: GroupCalibration
    readonly falseAlarmRate: number
    readonly seed: number
    /** Whether the report will show the first stretch. */
    readonly withStretch: boolean
  }
  /** A content model decides: alone without `score`, else together with the texture. */
  readonly content?: ContentTaskSettings
}

export interface DensityTaskResult {
  readonly score?: FileScore
  readonly stretch?: ScoreReportItem['stretch']
  readonly measurement?: StretchMeasurement
  /** Why a recording does not calibrate. */
  readonly skipped?: string
}

export interface DensityTask {
  /** Description of the engine. */
  readonly engine: string
  /** @param index of the recording among all */
  run(path: string, index: number): Promise<DensityTaskResult>
  dispose(): Promise<void>
}

/** @throws GlowcastError as loading a model and creating an engine do */
export async function openDensityTask(settings: DensityTaskSettings): Promise<DensityTask> {
  const engine = await engineFrom(settings.engine)
  if (settings.content === undefined) return openTextureTask(engine, settings)
  const texture = settings.score === undefined ? undefined : await openTextureTask(engine, settings)
  return openContentTask(engine, settings.content, texture)
}

async function openTextureTask(engine: Engine, settings: DensityTaskSettings): Promise<DensityTask> {
  const model = await loadGlowcastModel(settings.model)
  const meter = await RecordingMeter.create(engine, model, { chunkFrames: recordingChunkFrames })
  const { score } = settings
  return {
    engine: engine.description,
    run: (path, index) =>
      score === undefined ? firstStretch(path, meter) : scored(path, index, meter, score),
    dispose: () => meter.dispose(),
  }
}

async function scored(
  path: string,
  index: number,
  meter: RecordingMeter,
  { withStretch, ...options }: NonNullable<DensityTaskSettings['score']>,
): Promise<DensityTaskResult> {
  let stretch: DensityTaskResult['stretch']
  const score = await scoreFile(path, meter, {
    ...options,
    index,
    onStretch: (waveform, latents, verdict) => {
      if (withStretch) stretch ??= { waveform, latents, verdict }
    },
  })
  return stretch === undefined ? { score } : { score, stretch }
}

/** A recording that scoring would refuse is left out and named; one longer than a stretch counts by its first one. */
async function firstStretch(path: string, meter: RecordingMeter): Promise<DensityTaskResult> {
  try {
    const recording = await openRecording(path, meter.sampleRate)
    requireScorable(path, recording.facts)
    for await (const stretch of recording.stretches()) {
      return { measurement: (await meter.measure(stretch)).measurement }
    }
    return { skipped: `${path}: no samples` }
  } catch (error) {
    if (!(error instanceof GlowcastError)) throw error
    return { skipped: `${error.message} [${error.code}]` }
  }
}
