import * as z from 'zod'
import { plural } from '../../plural.js'

const positive = z.number().int().positive()

/** Groups from the first to the last that a WN sees: a chunked run carries them, layer by layer. WaveGlow's sees 511. */
const widestReach = 16_384
/** Of a flow with its repetitions written out. The flows that ship have 26. */
const maxLayers = 256
/** Of all WNs of a flow: each is a dozen nodes of every graph, which takes seconds to compile. WaveGlow has 96. */
export const maxWavenetLayers = 256

const permutationNames = ['identity', 'even-odd', 'swap-halves', 'reverse'] as const

export const wavenetSchema = z
  .strictObject({
    channels: positive.max(2048),
    layers: positive.max(24),
    kernelSize: positive.max(15).refine((size) => size % 2 === 1, { message: 'must be odd' }),
    dilationBase: positive.max(8).default(2),
    causal: z.boolean(),
    /** Depthwise and pointwise convolutions, no skip connections: SqueezeWave. */
    separable: z.boolean().optional(),
  })
  .refine(({ layers, kernelSize, dilationBase }) => reach(layers, kernelSize, dilationBase) <= widestReach, {
    message: `layers, kernelSize and dilationBase that reach over at most ${widestReach} groups`,
  })

function reach(layers: number, kernelSize: number, dilationBase: number): number {
  let groups = 1
  for (let layer = 0; layer < layers; layer++) groups += (kernelSize - 1) * dilationBase ** layer
  return groups
}

const harmonicLayerSchema = z.strictObject({ type: z.literal('harmonic-layer') })

const invertibleConv1x1Schema = z.strictObject({
  type: z.literal('invertible-conv1x1'),
  form: z.enum(['permutation', 'lu', 'dense']),
  permutation: z.enum(permutationNames).default('identity'),
})

const affineCouplingSchema = z.strictObject({
  type: z.literal('affine-coupling'),
  logScaleBound: z.number().positive().max(20).optional(),
  wavenet: wavenetSchema,
})

const actnormSchema = z.strictObject({ type: z.literal('actnorm') })
const planarSchema = z.strictObject({ type: z.literal('planar') })

const earlyOutputSchema = z.strictObject({ type: z.literal('early-output'), channels: positive })

const singleLayerSchema = z.discriminatedUnion('type', [
  harmonicLayerSchema,
  invertibleConv1x1Schema,
  affineCouplingSchema,
  actnormSchema,
  planarSchema,
  earlyOutputSchema,
])

const repeatSchema = z.strictObject({
  type: z.literal('repeat'),
  times: positive.max(64),
  layers: z.array(singleLayerSchema).min(1).max(maxLayers),
})

/** Layers in the order from audio to noise; `repeat` saves writing the same ones out. */
export const flowSchema = z
  .array(z.discriminatedUnion('type', [...singleLayerSchema.options, repeatSchema]))
  .min(1)
  .max(maxLayers)
  .refine((layers) => layersOf(layers) <= maxLayers, {
    message: `at most ${plural(maxLayers, 'layer')}, with those that repeat makes`,
  })
  .refine((layers) => wavenetLayersOf(layers) <= maxWavenetLayers, {
    message: `at most ${maxWavenetLayers} layers of all wavenets, with those that repeat makes`,
  })

function layersOf(
  layers: readonly (z.infer<typeof singleLayerSchema> | z.infer<typeof repeatSchema>)[],
): number {
  return layers.reduce(
    (sum, layer) => sum + (layer.type === 'repeat' ? layer.times * layer.layers.length : 1),
    0,
  )
}

function wavenetLayersOf(
  layers: readonly (z.infer<typeof singleLayerSchema> | z.infer<typeof repeatSchema>)[],
): number {
  return layers.reduce((sum, layer) => {
    if (layer.type === 'repeat') return sum + layer.times * wavenetLayersOf(layer.layers)
    return layer.type === 'affine-coupling' ? sum + layer.wavenet.layers : sum
  }, 0)
}

export type WavenetSchema = z.infer<typeof wavenetSchema>
export type LayerConfig = z.infer<typeof singleLayerSchema>
export type FlowConfig = z.infer<typeof flowSchema>

/** The layers of a flow one by one, with its repetitions written out. */
export function writtenOut(flow: FlowConfig): LayerConfig[] {
  return flow.flatMap((entry) =>
    entry.type === 'repeat' ? Array.from({ length: entry.times }, () => entry.layers).flat() : [entry],
  )
}
