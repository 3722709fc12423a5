import { openAudioSource } from '../../audio/files/audio-source.js'
import { fileWarnings, warningLine } from '../../audio/files/file-warnings.js'
import type { Engine } from '../../engine/index.js'
import { GlowcastError } from '../../errors.js'
import { recordingChunkFrames } from '../../likelihood/likelihood.js'
import { loadGlowcastModel } from '../../models/load-model.js'
import { openRecording, requireScorable } from '../../scoring/recording/recording.js'
import { measureBlockRow } from '../../scoring/texture/calibration/block-row.js'
import type { StretchVerdict } from '../../scoring/texture/judge.js'
import { RecordingMeter } from '../../scoring/texture/reference/meter.js'
import { measureVariants } from '../../scoring/texture/reference/variants.js'
import { scoreInBlocks } from '../../scoring/verdict/file-blocks.js'
import { type FileBlock, type ScoreOptions, scoreFile } from '../../scoring/verdict/file-score.js'
import type { ShownStretch } from '../../scoring/verdict/shown-segment.js'
import { engineFrom } from '../options.js'
import type { DensityTask, DensityTaskResult, DensityTaskSettings } from './contract.js'
import { openContentTask } from './novelty-task.js'

/**
 * @param around what the engine's calls go through
 * @throws GlowcastError as loading a model and creating an engine do
 */
export async function openDensityTask(
  settings: DensityTaskSettings,
  around: (engine: Engine) => Engine = (engine) => engine,
): Promise<DensityTask> {
  const engine = around(await engineFrom(settings.engine))
  if (settings.content === undefined) return openTextureTask(engine, settings)
  const texture = settings.score === undefined ? undefined : await openTextureTask(engine, settings)
  return openContentTask(engine, settings.content, texture)
}

async function openTextureTask(engine: Engine, settings: DensityTaskSettings): Promise<DensityTask> {
  const model = await loadGlowcastModel(settings.model)
  const meter = await RecordingMeter.create(engine, model, { chunkFrames: recordingChunkFrames })
  const { score, withVariants = false, row } = settings
  return {
    engine: engine.description,
    hash: model.hash,
    run: async (job, index, onShare = () => undefined) => {
      if (typeof job !== 'string') return { row: await measureBlockRow(job, meter, row!) }
      return score === undefined
        ? firstStretch(job, meter, withVariants)
        : scored(job, index, meter, score, onShare)
    },
    dispose: () => meter.dispose(),
  }
}

/** What a report shows of the texture. */
type JudgedStretch = ShownStretch & { readonly verdict: StretchVerdict }

async function scored(
  path: string,
  index: number,
  meter: RecordingMeter,
  { withStretch, blockSeconds, ...rest }: NonNullable<DensityTaskSettings['score']>,
  onShare: (share: number) => void,
): Promise<DensityTaskResult> {
  let heard: JudgedStretch | undefined
  let shown: JudgedStretch | undefined
  const options: ScoreOptions = {
    ...rest,
    index,
    onProgress: onShare,
    onStretch: (waveform, latents, verdict, startSeconds) => {
      if (!withStretch) return
      heard = { startSeconds, waveform, latents, verdict }
      if (blockSeconds === undefined) shown ??= heard
    },
  }
  const onBlock = ({ startSeconds }: FileBlock, share: number) => {
    onShare(share)
    const least = shown?.verdict.pValue ?? Number.POSITIVE_INFINITY
    if (heard !== undefined && heard.verdict.pValue < least)
      shown = { ...heard, startSeconds: startSeconds + heard.startSeconds }
    heard = undefined
  }
  const score =
    blockSeconds === undefined
      ? await scoreFile(path, meter, options)
      : await scoreInBlocks(path, () => openAudioSource(path), meter, { ...options, blockSeconds, onBlock })
  return shown === undefined ? { score } : { score, stretch: shown }
}

/** A recording that scoring would refuse is left out and named; one longer than a stretch counts by its first one. */
async function firstStretch(
  path: string,
  meter: RecordingMeter,
  withVariants: boolean,
): Promise<DensityTaskResult> {
  try {
    const recording = await openRecording(path, meter.sampleRate)
    requireScorable(path, recording.facts)
    const warnings = fileWarnings(recording.facts).map((warning) => warningLine(path, warning))
    for await (const stretch of recording.stretches()) {
      const measurements = withVariants
        ? await measureVariants(stretch, meter)
        : [(await meter.measure(stretch)).measurement]
      return { measurements, warnings }
    }
    return { skipped: `${path}: no samples` }
  } catch (error) {
    if (!(error instanceof GlowcastError)) throw error
    return { skipped: `${error.message} [${error.code}]` }
  }
}
