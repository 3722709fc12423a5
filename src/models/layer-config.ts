import { z } from 'zod'

const positive = z.number().int().positive()

export const permutationNames = ['identity', 'even-odd', 'swap-halves', 'reverse'] as const

export const wavenetSchema = z.strictObject({
  channels: positive.max(2048),
  layers: positive.max(24),
  kernelSize: positive.max(15).refine((size) => size % 2 === 1, { message: 'must be odd' }),
  dilationBase: positive.max(8).default(2),
  causal: z.boolean(),
  /** Depthwise and pointwise convolutions, no skip connections: SqueezeWave. */
  separable: z.boolean().optional(),
})

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
  layers: z.array(singleLayerSchema).min(1),
})

/** Layers in the order from audio to noise; `repeat` saves writing the same ones out. */
export const flowSchema = z
  .array(z.discriminatedUnion('type', [...singleLayerSchema.options, repeatSchema]))
  .min(1)

export type LayerConfig = z.infer<typeof singleLayerSchema>
export type FlowConfig = z.infer<typeof flowSchema>
