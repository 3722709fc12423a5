import * as z from 'zod'
import type { Engine } from '../../engine/portable.js'
import { GlowcastError, invalidArgument, invalidCalibration } from '../../errors.js'
import { type Likelihood, recordingChunkFrames } from '../../likelihood/likelihood.js'
import type { GlowcastConfig, ModelConfig } from '../../models/config/model-config.js'
import type { LoadedModel } from '../../models/files/model-files.js'
import { parseWith } from '../../parse-with.js'
import { blockGroups, fileRanking } from '../../scoring/calibration/choose-set.js'
import { type Calibration, chosenGroup, readCalibration } from '../../scoring/calibration/file.js'
import { readRecording } from '../../scoring/recording/recording.js'
import { defaultFalseAlarmRate } from '../../scoring/statistics/conformal.js'
import { TextureDetector } from '../../scoring/texture/detector.js'
import { RecordingMeter } from '../../scoring/texture/reference/meter.js'
import { type ScoreAnswer, scoreOrigin } from '../../scoring/verdict/answer.js'
import { scoreInBlocks } from '../../scoring/verdict/file-blocks.js'
import { scoreRecording } from '../../scoring/verdict/file-score.js'
import type { ScoreRequest } from '../messages.js'
import { nameOf, recordingSource } from './recording-source.js'

/** The bundled one has 0.13 MB. */
const maxCalibrationBytes = 64_000_000

const settingsSchema = z.strictObject({
  group: z.string().optional(),
  blockSeconds: z.number().min(0.5).max(30).optional(),
  falseAlarmRate: z.number().min(1e-6).max(0.5).default(defaultFalseAlarmRate),
  seed: z.int().nonnegative().default(0),
})

/** Where the scorer has its calibrations from. */
export interface CalibrationFiles {
  /** Address of the one that comes with the model. */
  readonly ofModel: string
  /** @throws GlowcastError when it is missing, or larger */
  read(url: string, maxBytes: number): Promise<Uint8Array>
}

/** Scores recordings as `glowcast score` does, with the model that speaks. What that needs is made when it is first asked for. */
export class Scorer {
  private meter: Promise<RecordingMeter> | undefined
  private readonly calibrations = new Map<string, Promise<Calibration>>()

  constructor(
    private readonly engine: Engine,
    private readonly model: LoadedModel<ModelConfig>,
    private readonly files: CalibrationFiles,
  ) {}

  /**
   * @throws GlowcastError INVALID_ARGUMENT, INVALID_CALIBRATION, UNKNOWN_GROUP. What is wrong with the recording is in the
   *   answer.
   */
  async score(
    { recording, settings, calibrationUrl = this.files.ofModel }: ScoreRequest,
    onProgress: (share: number) => void,
  ): Promise<ScoreAnswer> {
    const { group, blockSeconds, falseAlarmRate, seed } = parseWith(
      settingsSchema,
      settings,
      'options',
      'INVALID_ARGUMENT',
    )
    const detector = new TextureDetector(await this.recordingMeter())
    const { groups } = await this.calibrationAt(calibrationUrl, detector.model)
    const { whole, short } =
      blockSeconds === undefined
        ? { whole: group, short: undefined }
        : blockGroups(Object.entries(groups), group, blockSeconds)
    const chosen = chosenGroup({ groups }, whole)
    const { blockSeconds: length, ...ranking } = fileRanking(groups, chosen, blockSeconds, short)
    const name = nameOf(recording)
    const open = () => recordingSource(recording, name)
    const options = { ...ranking, falseAlarmRate, seed, index: 0, onProgress }
    const score =
      length === undefined
        ? await scoreRecording(name, async () => readRecording(await open(), name), detector, options)
        : await scoreInBlocks(name, open, detector, {
            ...options,
            blockSeconds: length,
            onProgress: () => undefined,
            onBlock: (_, share) => onProgress(share),
          })
    const ranked = score.groupChoice?.group ?? chosen
    const file = new URL(calibrationUrl).pathname.split('/').at(-1)!
    return { ...score, ...scoreOrigin(file, ranked, groups[ranked], this.model.hash) }
  }

  /** @throws GlowcastError as `LikelihoodModel.measure` */
  async likelihood(waveform: Float32Array): Promise<Likelihood> {
    return (await this.recordingMeter()).likelihood.measure(waveform)
  }

  private recordingMeter(): Promise<RecordingMeter> {
    const options = { chunkFrames: recordingChunkFrames }
    this.meter ??= RecordingMeter.create(this.engine, this.glowcastModel(), options)
    return this.meter
  }

  private glowcastModel(): LoadedModel<GlowcastConfig> {
    const { config, ...rest } = this.model
    if (config.family === 'glowcast') return { ...rest, config }
    throw invalidArgument('model', `a ${config.family} model`, 'a glowcast model, to score with')
  }

  private calibrationAt(url: string, model: string): Promise<Calibration> {
    const known = this.calibrations.get(url)
    if (known !== undefined) return known
    const reading = this.readCalibrationAt(url, model)
    this.calibrations.set(url, reading)
    // The next call tries again.
    reading.catch(() => this.calibrations.delete(url))
    return reading
  }

  private async readCalibrationAt(url: string, model: string): Promise<Calibration> {
    const bytes = await this.files.read(url, maxCalibrationBytes).catch((cause) => {
      if (!(cause instanceof GlowcastError)) throw cause
      throw invalidCalibration(url, cause.got, cause.expected, { cause })
    })
    return readCalibration(new TextDecoder().decode(bytes), url, model)
  }
}
