import { z } from 'zod'
import { GlowcastError } from '../../errors.js'
import { readWhole } from '../../io/input.js'
import { groupFields, parseCalibrationText } from '../texture/calibration/file.js'
import type { ContentMeasurement } from './measurement.js'
import { type ContentNormal, contentDeviations, contentScore } from './statistics.js'

const contentGroupSchema = z.strictObject(groupFields)

const contentCalibrationSchema = z.strictObject({
  format: z.literal('glowcast-content-calibration'),
  version: z.literal(1),
  /** Hash of the content model that scored the items. */
  model: z.string(),
  groups: z.record(z.string(), contentGroupSchema),
})

export type ContentGroup = z.infer<typeof contentGroupSchema>
export type ContentCalibration = z.infer<typeof contentCalibrationSchema>

export function emptyContentCalibration(model: string): ContentCalibration {
  return { format: 'glowcast-content-calibration', version: 1, model, groups: {} }
}

/**
 * @param items one measurement of each recording; none of them trained the model
 * @throws GlowcastError INVALID_DATASET without an item
 */
export function calibrateContentGroup(
  normal: ContentNormal,
  items: readonly ContentMeasurement[],
  { seed, date }: { seed: number; date: string },
): ContentGroup {
  if (items.length === 0) {
    throw new GlowcastError(
      'INVALID_DATASET',
      'calibration',
      'no recording',
      'at least one that did not train',
    )
  }
  const seconds = items.map((item) => item.seconds)
  const scores = items.map(({ statistics }) => contentScore(contentDeviations(normal, statistics)))
  return {
    n: items.length,
    date,
    seed,
    seconds: [Math.min(...seconds), Math.max(...seconds)],
    scores: scores.sort((a, b) => a - b),
  }
}

/**
 * @param model hash of the content model that will score
 * @throws GlowcastError IO, INVALID_CALIBRATION when it is malformed or of another model
 */
export async function loadContentCalibration(path: string, model: string): Promise<ContentCalibration> {
  const text = new TextDecoder().decode(await readWhole(path))
  const calibration = parseCalibrationText(contentCalibrationSchema, text, path)
  if (calibration.model !== model) {
    const got = `a calibration of another model, ${calibration.model.slice(0, 12)}`
    const expected = `one of this model, ${model.slice(0, 12)}`
    throw new GlowcastError('INVALID_CALIBRATION', path, got, expected)
  }
  for (const [name, { n, scores }] of Object.entries(calibration.groups)) {
    if (scores.length === n && scores.every((score, i) => i === 0 || score >= scores[i - 1]!)) continue
    throw new GlowcastError(
      'INVALID_CALIBRATION',
      `${path}: ${name}`,
      'another list',
      `${n} ascending scores`,
    )
  }
  return calibration
}
