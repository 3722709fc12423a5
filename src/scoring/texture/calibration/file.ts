import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { GlowcastError } from '../../../errors.js'
import { readWhole } from '../../../io/input.js'
import { withLock } from '../../../io/lock.js'
import { writeFileAside } from '../../../io/output.js'
import { writeError } from '../../../io/system-error.js'
import { parseWith } from '../../../models/config/model-config.js'
import { frameParts } from '../features/latent-statistics.js'
import { soundMeasureNames } from '../features/sound-measures.js'
import { familyNames } from '../features/statistics.js'
import { namedByDefault, type UnitGroup } from './choose-set.js'

const finite = z.number()
const pair = z.tuple([finite, finite])
const covariateSchema = z.strictObject({ centre: finite, range: pair })
const planesSchema = z.array(z.strictObject({ intercept: finite, slopes: z.array(finite) }))
const familySchema = z.strictObject({
  isOneSided: z.boolean(),
  growsWithLength: z.boolean(),
  length: covariateSchema,
  level: covariateSchema,
  mean: planesSchema,
  logDeviation: planesSchema,
  precision: z.array(finite),
  tail: z.strictObject({
    quantiles: z.array(finite).min(2),
    tailShare: finite.positive(),
    tailScale: finite.positive(),
  }),
})
const frameSchema = z.strictObject({ mean: finite, deviation: finite.positive() })

/** What a group of any detector's calibration says. */
export const groupFields = {
  /** Number of calibration items. */
  n: z.number().int().positive(),
  /** Day on which it was made, YYYY-MM-DD. */
  date: z.string(),
  /** Of the choice of items and of the ties. */
  seed: z.number().int().nonnegative(),
  /** Shortest and longest calibration item. */
  seconds: pair,
  /** Ascending scores of the n items. */
  scores: z.array(finite),
}

const groupSchema = z.strictObject({
  ...groupFields,
  /** Its items are blocks of this length, cut out of recordings; absent: recordings, each from its start to its end. */
  blockSeconds: finite.positive().exactOptional(),
  /** Recordings that the n blocks are of; absent where each item is one. */
  recordings: z.number().int().positive().exactOptional(),
  /** Recordings that fitted the reference; none of them is among the n. */
  referenceItems: z.number().int().positive(),
  reference: z.strictObject({
    families: z.record(z.enum(familyNames), familySchema),
    frames: z.array(frameSchema).length(frameParts),
  }),
  placeReference: z.strictObject({ peaks: familySchema, agreement: familySchema }),
  /** Range of each plain measure that holds all but 2.5 % of the recordings at each end. */
  normal: z.record(z.enum(soundMeasureNames), pair),
  /** Ascending: the surprise of each item's strongest place, see `strongestPlace`. */
  places: z.array(finite),
})

/** Of the file's format: a calibration of another one must be made anew. */
export const calibrationVersion = 4

const calibrationSchema = z.strictObject({
  format: z.literal('glowcast-calibration'),
  version: z.literal(calibrationVersion),
  /** `densityHash` of the model whose latents were measured. */
  density: z.string(),
  groups: z.record(z.string(), groupSchema),
})

export type GroupCalibration = z.infer<typeof groupSchema>
export type Calibration = z.infer<typeof calibrationSchema>

/** Below this the p-values are too coarse to be of much use. */
export const fewItems = 50

/**
 * @param density hash of the model that will score; a calibration of other weights says nothing about it
 * @throws GlowcastError IO, INVALID_CALIBRATION when it is malformed or of other weights
 */
export async function loadCalibration(path: string, density: string): Promise<Calibration> {
  const text = new TextDecoder().decode(await readWhole(path))
  const calibration = parseCalibration(text, path)
  if (calibration.density !== density) {
    const wanted = `one of these weights, ${density.slice(0, 12)} (glowcast calibrate makes it)`
    const got = `a calibration of other weights, ${calibration.density.slice(0, 12)}`
    throw new GlowcastError('INVALID_CALIBRATION', path, got, wanted)
  }
  return calibration
}

/** @throws GlowcastError INVALID_CALIBRATION naming the first wrong key */
export function parseCalibrationText<T>(schema: z.ZodType<T>, text: string, path: string): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new GlowcastError('INVALID_CALIBRATION', path, 'text that does not parse', 'JSON', { cause })
  }
  try {
    return parseWith(schema, json, path)
  } catch (cause) {
    if (!(cause instanceof GlowcastError)) throw cause
    throw new GlowcastError('INVALID_CALIBRATION', cause.field, cause.got, cause.expected, { cause })
  }
}

const headerSchema = z.looseObject({ format: z.literal('glowcast-calibration'), version: z.number() })

function parseCalibration(text: string, path: string): Calibration {
  const { version } = parseCalibrationText(headerSchema, text, path)
  if (version !== calibrationVersion) {
    const wanted = `version ${calibrationVersion}: remove the file and run glowcast calibrate on the same recordings`
    throw new GlowcastError('INVALID_CALIBRATION', path, `a calibration of version ${version}`, wanted)
  }
  const calibration = parseCalibrationText(calibrationSchema, text, path)
  for (const [name, group] of Object.entries(calibration.groups)) {
    const isConsistent = [group.scores, group.places].every(
      (values) => values.length === group.n && values.every((value, i) => i === 0 || value >= values[i - 1]!),
    )
    if (!isConsistent) {
      const expected = `${group.n} ascending scores and places, as its n says`
      throw new GlowcastError('INVALID_CALIBRATION', `${path}: ${name}`, 'other lists', expected)
    }
  }
  return calibration
}

/**
 * The group that a recording is judged against. With one group of recordings only, no name is needed.
 *
 * @param field what the caller calls the name, for the error
 * @throws GlowcastError UNKNOWN_GROUP
 */
export function chosenGroup(
  { groups }: { readonly groups: Readonly<Record<string, UnitGroup>> },
  name: string | undefined,
  field = 'group',
): string {
  const names = Object.keys(groups)
  const chosen = name ?? namedByDefault(Object.entries(groups))
  if (!names.includes(chosen)) {
    const got = name === undefined ? 'no name' : `"${name}"`
    throw new GlowcastError('UNKNOWN_GROUP', field, got, `one of ${names.join(', ')}`)
  }
  return chosen
}

/** How long another process that writes the same file is waited for. It needs milliseconds. */
const lockWaitMs = 30_000

/**
 * Changes a calibration file. Nobody else does meanwhile: what other processes added since it was last read is kept.
 *
 * @param change reads the file as it is now and gives what is written
 * @throws GlowcastError as `change`; IO when another process does not let go of the file; WriteError
 */
export async function updateCalibration(path: string, change: () => Promise<object>): Promise<void> {
  await mkdir(dirname(path), { recursive: true }).catch((cause) => {
    throw writeError(path, cause)
  })
  const options = { doing: 'is being calibrated', waitMs: lockWaitMs }
  await withLock(path, 'file', options, async () => {
    await writeFileAside(path, calibrationText(await change()))
  })
}

/** What a calibration file holds: seven digits of each figure are all that it is worth. */
export function calibrationText(calibration: object): string {
  const text = JSON.stringify(calibration, (_, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value,
  )
  return `${text}\n`
}
