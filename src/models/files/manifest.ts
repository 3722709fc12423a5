import * as z from 'zod'
import { parseWith } from '../../parse-with.js'

export const manifestFile = 'manifest.json'
export const configFile = 'config.json'
export const weightsFile = 'weights.safetensors'

/** Weights above this are no model of ours; a manifest that says so is refused before anything is read. */
const maxFileBytes = 2_000_000_000

/** A config is a few kilobytes, and half a megabyte where it names 20,000 recordings. */
const maxConfigBytes = 16_000_000

const fileSchema = (maxBytes: number) =>
  z.strictObject({
    bytes: z.number().int().nonnegative().max(maxBytes),
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits'),
  })

const manifestSchema = z.strictObject({
  format: z.literal('glowcast-model'),
  version: z.literal(1),
  files: z.strictObject({
    [configFile]: fileSchema(maxConfigBytes),
    [weightsFile]: fileSchema(maxFileBytes),
  }),
})

/** What a model folder holds: size and sha256 of each file that decides how the model sounds. */
export type Manifest = z.infer<typeof manifestSchema>

/** @throws GlowcastError INVALID_MODEL naming the key that is wrong */
export function parseManifest(json: unknown, path: string): Manifest {
  return parseWith(manifestSchema, json, path, 'INVALID_MODEL')
}
