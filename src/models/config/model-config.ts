import * as z from 'zod'
import { melPresets } from '../../audio/mel/mel-config.js'
import { parseWith } from '../../parse-with.js'
import { flowSchema, maxWavenetLayers, wavenetSchema } from './layer-config.js'
import { maxMelProjections } from './limits.js'

const positive = z.number().int().positive()
const oddKernel = positive.max(31).refine((size) => size % 2 === 1, { message: 'must be odd' })

export const melPresetSchema = z.enum(Object.keys(melPresets) as (keyof typeof melPresets)[])

const glowcastSchema = z
  .strictObject({
    family: z.literal('glowcast'),
    mel: melPresetSchema,
    /** Hop of the MDCT squeeze, in samples; must divide the mel's hopLength. */
    groupSize: positive.max(65_536).refine((size) => size >= 4 && (size & (size - 1)) === 0, {
      message: 'must be a power of two of at least 4',
    }),
    excitation: z.boolean(),
    /** Convolutions on the mel before the flow; their half widths add up to the lookahead. */
    context: z.strictObject({
      /** Of the hidden layers. */
      channels: positive.max(4096),
      /** Of what the flow sees: each coupling projects it, so these cost more than the hidden ones. */
      outputChannels: positive.max(4096),
      kernelSizes: z.array(oddKernel).min(1).max(8),
    }),
    flow: flowSchema,
    /** F0 and voicing from the mel. */
    pitch: z.strictObject({ channels: positive.max(1024), kernelSizes: z.array(oddKernel).min(1).max(8) }),
    temperature: z.number().min(0).max(2).default(1),
    /** Factor on the temperature of latents below a frequency, in groups of samples that are voiced. */
    voicedTemperature: z
      .strictObject({ factor: z.number().min(0).max(1), belowHz: z.number().min(0).max(48_000) })
      .optional(),
    /** Passes that move the flow's sample toward the given mel; see `MelProjectionChain`. */
    melProjection: z
      .strictObject({
        passes: z.number().int().min(0).max(maxMelProjections),
        momentum: z.number().min(0).max(1),
      })
      .default({ passes: 8, momentum: 0.7 }),
    /** How much mels are sharpened where nothing else is asked for; see `sharpenMel`. */
    sharpen: z.number().min(0).max(1).default(0),
    /** Whether a `PitchComb` takes hoarseness away where nothing else is asked for. */
    comb: z.boolean().default(false),
  })
  .refine(({ comb, excitation }) => excitation || !comb, {
    path: ['comb'],
    message: 'false without an excitation',
  })

const waveglowSchema = z
  .strictObject({
    family: z.literal('waveglow'),
    mel: melPresetSchema,
    groupSize: positive.max(1024).refine((size) => size % 2 === 0, { message: 'must be even' }),
    flows: positive.max(64),
    earlyEvery: positive.max(64),
    earlySize: positive.max(1024),
    /** Transposed convolution of the mel; without it each group sees the mel of its frame, as in SqueezeWave. */
    upsample: z.strictObject({ kernelSize: positive.max(65_536), stride: positive.max(65_536) }).optional(),
    /** Which half of the channels the couplings change: always the second, or the first in every other flow. */
    couplings: z.enum(['second', 'alternate']).optional(),
    wavenet: wavenetSchema,
    temperature: z.number().min(0).max(2).default(1),
  })
  .refine(({ flows, wavenet }) => flows * wavenet.layers <= maxWavenetLayers, {
    path: ['flows'],
    message: `flows * wavenet.layers of at most ${maxWavenetLayers}`,
  })

export const modelConfigSchema = z.discriminatedUnion('family', [glowcastSchema, waveglowSchema])

export type GlowcastConfig = z.infer<typeof glowcastSchema>
export type WaveglowConfig = z.infer<typeof waveglowSchema>
export type ModelConfig = z.infer<typeof modelConfigSchema>

/** @throws GlowcastError INVALID_CONFIG naming the first wrong key */
export function parseModelConfig(json: unknown, source = 'config'): ModelConfig {
  return parseWith(modelConfigSchema, json, source)
}
