import { z } from 'zod'
import type { MelDescription } from '../../audio/mel/conventions/description.js'
import { readMelConvention } from '../../audio/mel/conventions/read.js'
import { maxSharpening } from '../../audio/mel/sharpen.js'
import { parseWith } from '../../parse-with.js'
import type { AcousticModel } from '../acoustic-model.js'

const factor = z.number().min(0.01).max(100)

const schema = z.object({
  melConvention: z.union([z.string(), z.record(z.string(), z.unknown())]),
  description: z.string().max(200).default('a service'),
  voices: z.array(z.string().min(1).max(200)).min(1).max(10_000).default(['default']),
  speeds: z
    .tuple([factor, factor])
    .refine(([slowest, fastest]) => slowest <= fastest, { message: 'expected the lower one first' })
    .default([0.5, 2]),
  sharpen: z.number().min(0).max(maxSharpening).optional(),
})

export type ServiceFacts = Pick<AcousticModel, 'description' | 'voices' | 'mel' | 'speeds' | 'sharpen'>

/**
 * What a service says of itself: `{ "melConvention": … }` and, where it has them, `voices`, `speeds`, `sharpen` and a
 * `description`. Other fields are its own.
 *
 * @param field names the service in errors
 * @throws GlowcastError INVALID_ARGUMENT
 */
export function readDescription(json: unknown, field: string): ServiceFacts {
  const { melConvention, sharpen, ...facts } = parseWith(schema, json, field, 'INVALID_ARGUMENT')
  const text = typeof melConvention === 'string' ? melConvention : JSON.stringify(melConvention)
  const mel: MelDescription = readMelConvention(text, `${field}: melConvention`)
  return { ...facts, mel, ...(sharpen === undefined ? {} : { sharpen }) }
}
