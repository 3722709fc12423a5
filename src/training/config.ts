import * as z from 'zod'
import { modelConfigSchema } from '../models/config/model-config.js'
import { parseWith } from '../parse-with.js'

const count = z.number().int().positive()
const share = z.number().min(0).max(1)

/** Mel frames of a step: three minutes of audio. */
const maxStepFrames = 16_384

const phaseSchema = z.strictObject({
  steps: count.max(100_000_000),
  learningRate: z.number().positive().max(1),
  /**
   * Weights of the terms of the loss; a term with weight 0 is not computed. With the pitch alone only its network
   * is trained.
   */
  likelihood: z.number().min(0).default(1),
  spectralEnergy: z.number().min(0).default(0),
  melConsistency: z.number().min(0).default(0),
  pitch: z.number().min(0).default(1),
  /** Strength of the pass toward the mel that samples get before the spectral terms see them; 0: none. */
  melProjection: z.number().min(0).max(2).default(0),
  /** Weight, inside the spectral energy distance, of products of neighbouring STFT bins: they see phase. */
  phaseProducts: z.number().min(0).default(0),
})

const regularExpression = z.string().max(1000).refine(isPattern, { message: 'must be a regular expression' })

const remainderSchema = z.strictObject({ modulus: count, remainder: z.number().int().min(0) })

export const trainingConfigSchema = z
  .strictObject({
    model: modelConfigSchema.refine((model) => model.family === 'glowcast', {
      message: 'family must be glowcast: other families are imported, not trained',
    }),
    seed: z.number().int().default(1),
    /** Crops in a step. */
    batchSize: count.max(256).default(8),
    /** Mel frames in a crop. */
    cropFrames: z.number().int().min(16).max(4096).default(32),
    /** Crops of the pitch network in a step. */
    pitchCrops: count.max(1024).default(32),
    phases: z.array(phaseSchema).min(1).max(100),
    warmupSteps: z.number().int().min(0).default(50),
    /** The rate falls geometrically over this last share of each phase, to `finalRate` of it. */
    decayShare: share.default(0.4),
    finalRate: share.default(0.05),
    adamBeta1: share.default(0.9),
    adamBeta2: share.default(0.98),
    clipNorm: z.number().positive().default(1),
    emaDecay: share.default(0.998),
    /** Levels are varied by up to ± this many nats of amplitude, half of the flow's crops by no more than an eighth of it. */
    gainNats: z.number().min(0).max(3).default(0.35),
    /** Share of the flow's crops whose mel is made as bad as a TTS model's; see `degradeMel`. */
    worsenedShare: share.default(0),
    /**
     * Where a file's phrase number stands in its name (the first group that matches). Files are split by
     * phrase, since one phrase may have been read several times.
     */
    phraseNumber: regularExpression.default('^arctic_[ab](\\d+)|-(\\d+)$'),
    /**
     * What share of the crops comes from which recordings, so that a voice of an hour does not drown fifty of two
     * minutes. `names` is a regular expression over folder and file name; the first that matches counts. Shares are
     * relative. Without any, each second of each recording is as likely.
     */
    sources: z
      .array(z.strictObject({ names: regularExpression, share: z.number().positive() }))
      .max(1000)
      .default([]),
    validationPhrases: remainderSchema.default({ modulus: 20, remainder: 7 }),
    /** Never trained on and never validated on. */
    judgingPhrases: remainderSchema.default({ modulus: 20, remainder: 13 }),
    validationCrops: count.max(4096).default(32),
    validateEverySteps: count.default(250),
    checkpointEverySteps: count.default(250),
    /** Validation files synthesised after each checkpoint. */
    sampleFiles: z.number().int().min(0).max(1000).default(2),
  })
  .refine(({ batchSize, cropFrames }) => batchSize * cropFrames <= maxStepFrames, {
    path: ['cropFrames'],
    message: `batchSize * cropFrames of at most ${maxStepFrames}`,
  })

function isPattern(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

export type TrainingConfig = z.infer<typeof trainingConfigSchema>
export type TrainingPhase = TrainingConfig['phases'][number]

/** Whether a phase trains the flow too, and not the pitch network alone. */
export function trainsFlow({ likelihood, spectralEnergy, melConsistency }: TrainingPhase): boolean {
  return likelihood + spectralEnergy + melConsistency > 0
}

/** @throws GlowcastError INVALID_CONFIG naming the wrong key */
export function parseTrainingConfig(json: unknown, source: string): TrainingConfig {
  return parseWith(trainingConfigSchema, json, source)
}
