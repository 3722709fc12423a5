import * as z from 'zod'
import { defaultMel } from '../../audio/mel/mel-config.js'
import { melPresetSchema } from '../../models/config/model-config.js'
import { parseWith } from '../../parse-with.js'

const count = z.number().int().positive()
const finite = z.number()

/** How one number spreads over the recordings that trained and validated the flow. */
const spreadSchema = z.strictObject({ mean: finite, deviation: finite.positive() })

/** What the score of a content model is made of; `docs/explanation/novelty.md` says what each one measures. */
export const noveltyFeatureGroupNames = [
  'ratio',
  'latentMeans',
  'latentVariances',
  'profile',
  'neighbour',
] as const
export type NoveltyFeatureGroup = (typeof noveltyFeatureGroupNames)[number]

const contentConfigSchema = z.strictObject({
  family: z.literal('content'),
  mel: melPresetSchema,
  /** Log-mel frames whose mean is a patch. */
  patchFrames: count.max(64),
  /** removed: each segment is brought to one level before its mel is taken. */
  level: z.enum(['kept', 'removed']),
  /** Deviation of the noise on the patches, nats: it keeps the density finite where they are all alike, as in silence. */
  ditherNats: z.number().positive().max(3),
  flow: z.strictObject({
    couplings: count.max(32),
    /** Of each coupling's conditioner. */
    channels: count.max(512),
    layers: count.max(8),
  }),
  /** Whether there is a second flow, of other sounds. */
  background: z.boolean(),
  /** Number of recordings of each kind whose profiles are among the weights. */
  profiles: z.strictObject({ normal: count, background: count.optional(), negatives: count.optional() }),
  reference: z.strictObject({
    profile: z.strictObject({ mean: z.array(finite), deviation: z.array(finite.positive()) }),
    families: z.partialRecord(z.enum(noveltyFeatureGroupNames), spreadSchema),
  }),
  /** The recordings that trained or validated: they must not calibrate. */
  training: z.strictObject({
    recordings: count,
    seconds: z.number().positive(),
    /** Start of the sha256 of each file. */
    files: z.array(z.string()),
  }),
})

export type ContentConfig = z.infer<typeof contentConfigSchema>
export type Spread = z.infer<typeof spreadSchema>
export type ContentReference = ContentConfig['reference']
/** What decides how a segment becomes patches and these become latents. */
export type ContentShape = Pick<ContentConfig, 'mel' | 'patchFrames' | 'level' | 'ditherNats' | 'flow'>

/** Of `glowcast content train`; chosen on ESC-10's dogs, waves and helicopters and on one voice. */
export const defaultContentShape: ContentShape = {
  mel: defaultMel,
  patchFrames: 4,
  level: 'kept',
  ditherNats: 0.6,
  flow: { couplings: 4, channels: 64, layers: 2 },
}

/** @throws GlowcastError INVALID_CONFIG naming the wrong key */
export function parseContentConfig(json: unknown, source: string): ContentConfig {
  return parseWith(contentConfigSchema, json, source)
}
