import * as z from 'zod'
import { type GlowcastError, invalidCalibration, unknownGroup } from '../../errors.js'
import { parseWith } from '../../parse-with.js'
import { frameParts } from '../texture/features/latent-statistics.js'
import { soundMeasureNames } from '../texture/features/sound-measures.js'
import { featureGroupNames } from '../texture/features/statistics.js'
import { namedByDefault, type UnitGroup } from './choose-set.js'
import { autoGroup } from './condition.js'

const finite = z.number()
const pair = z.tuple([finite, finite])
const covariateSchema = z.strictObject({ centre: finite, range: pair })
const planesSchema = z.array(z.strictObject({ intercept: finite, slopes: z.array(finite) }))
const featureGroupSchema = z.strictObject({
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
const setFields = {
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

const textureSetSchema = z.strictObject({
  ...setFields,
  /** Its items are blocks of this length, cut out of recordings; absent: recordings, each from its start to its end. */
  blockSeconds: finite.positive().exactOptional(),
  /** Recordings that the n blocks are of; absent where each item is one. */
  recordings: z.number().int().positive().exactOptional(),
  /** Recordings that fitted the reference; none of them is among the n. */
  referenceItems: z.number().int().positive(),
  reference: z.strictObject({
    featureGroups: z.record(z.enum(featureGroupNames), featureGroupSchema),
    frames: z.array(frameSchema).length(frameParts),
  }),
  eventReference: z.strictObject({ peaks: featureGroupSchema, agreement: featureGroupSchema }),
  /** Range of each plain measure that holds all but 2.5 % of the recordings at each end. */
  normal: z.record(z.enum(soundMeasureNames), pair),
  /** Ascending: the surprise of each item's strongest place, see `strongestEvent`. */
  events: z.array(finite),
})

/** Its reference is among the weights of its model. */
const noveltySetSchema = z.strictObject(setFields)

/** A calibration of another version must be made anew. */
const formats = {
  texture: { format: 'glowcast-calibration', version: 7 },
  novelty: { format: 'glowcast-content-calibration', version: 1 },
} as const

/** `format` tells the detector. */
const calibrationSchema = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.literal(formats.texture.format),
    version: z.literal(formats.texture.version),
    /** `densityHash` of the model whose latents were measured. */
    density: z.string(),
    groups: z.record(z.string(), textureSetSchema),
  }),
  z.strictObject({
    format: z.literal(formats.novelty.format),
    version: z.literal(formats.novelty.version),
    /** Hash of the content model that scored the items. */
    model: z.string(),
    groups: z.record(z.string(), noveltySetSchema),
  }),
])

const headerSchema = z.looseObject({
  format: z.enum([formats.texture.format, formats.novelty.format]),
  version: z.number(),
})

export type DetectorName = keyof typeof formats
export type Calibration<Name extends DetectorName = 'texture'> = z.infer<typeof calibrationSchema> & {
  readonly format: (typeof formats)[Name]['format']
}
export type GroupCalibration = z.infer<typeof textureSetSchema>
export type ContentGroup = z.infer<typeof noveltySetSchema>
/** What any detector ranks among: one group of a calibration. */
export type CalibrationSet = ContentGroup & Partial<Pick<GroupCalibration, 'blockSeconds' | 'recordings'>>

/** Below this the p-values are too coarse to be of much use. */
export const fewItems = 50

/** A calibration without a group. */
export function emptyCalibration(detector: DetectorName, model: string): Calibration<DetectorName> {
  return detector === 'texture'
    ? { ...formats.texture, density: model, groups: {} }
    : { ...formats.novelty, model, groups: {} }
}

function modelOf(calibration: Calibration<DetectorName>): string {
  return calibration.format === formats.texture.format ? calibration.density : calibration.model
}

function refused(field: string, got: string, expected: string, options?: ErrorOptions): GlowcastError {
  return invalidCalibration(field, got, expected, options)
}

/**
 * The calibration that a file holds.
 *
 * @param path how errors name it
 * @param model hash of the model that will score; a calibration of another one says nothing about it
 * @throws GlowcastError INVALID_CALIBRATION when it is malformed, of another detector or of another model
 */
export function readCalibration<Name extends DetectorName = 'texture'>(
  text: string,
  path: string,
  model: string,
  detector?: Name,
): Calibration<Name> {
  const calibration = parseCalibration(text, path, detector ?? 'texture')
  const found = modelOf(calibration)
  if (found !== model) {
    const wanted = `one of this model, ${model.slice(0, 12)} (glowcast calibrate makes it)`
    throw refused(path, `a calibration of another model, ${found.slice(0, 12)}`, wanted)
  }
  return calibration as Calibration<Name>
}

/** @throws GlowcastError INVALID_CALIBRATION when it is malformed, or of another detector */
function parseCalibration(text: string, path: string, detector: DetectorName): Calibration<DetectorName> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw refused(path, 'text that does not parse', 'JSON', { cause })
  }
  const wanted = formats[detector]
  const { format, version } = parseWith(headerSchema, json, path, 'INVALID_CALIBRATION')
  if (format !== wanted.format) {
    const other = detector === 'texture' ? 'novelty' : 'texture'
    throw refused(path, `a calibration of the ${other} detector`, `one of the ${detector} detector`)
  }
  if (version !== wanted.version) {
    const expected = `version ${wanted.version}: remove the file and run glowcast calibrate on the same recordings`
    throw refused(path, `a calibration of version ${version}`, expected)
  }
  const calibration = parseWith(calibrationSchema, json, path, 'INVALID_CALIBRATION')
  const groups: [string, GroupCalibration | ContentGroup][] = Object.entries(calibration.groups)
  for (const [name, group] of groups) {
    const lists = 'events' in group ? [group.scores, group.events] : [group.scores]
    const isConsistent = lists.every(
      (values) => values.length === group.n && values.every((value, i) => i === 0 || value >= values[i - 1]!),
    )
    if (isConsistent) continue
    const expected = `${group.n} ascending scores${lists.length === 1 ? '' : ' and places'}, as its n says`
    throw refused(`${path}: ${name}`, 'other lists', expected)
  }
  return calibration
}

/**
 * The name of the group that a recording is judged against; `auto` where its condition chooses, see `choiceAmong`. With
 * one group of recordings only, or with groups of conditions, no name is needed.
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
  const given = name === autoGroup ? undefined : name
  const chosen = given ?? namedByDefault(Object.entries(groups))
  if (chosen !== autoGroup && !names.includes(chosen)) {
    const got = given === undefined ? 'no name' : `"${name}"`
    throw unknownGroup(field, got, `one of ${names.join(', ')}`)
  }
  return chosen
}

/** What a calibration file holds: seven digits of each figure are all that it is worth. */
export function calibrationText(calibration: object): string {
  const text = JSON.stringify(calibration, (_, value) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value,
  )
  return `${text}\n`
}
