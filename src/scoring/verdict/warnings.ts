import type { FileWarning } from '../../audio/files/file-warnings.js'
import type { SignalFacts } from '../../audio/metering/signal-facts.js'
import { plural } from '../../plural.js'
import type { ChosenGroup } from '../calibration/condition.js'
import { fewItems, type GroupCalibration } from '../calibration/file.js'
import type { CutEnds } from '../recording/cut-ends.js'

/** What limits a score without forbidding it; `code` is stable. */
export interface ScoreWarning {
  readonly code:
    | 'RATE_MISMATCH'
    | 'FEW_ITEMS'
    | 'RATE_UNATTAINABLE'
    | 'LENGTH_MISMATCH'
    | 'CUT_WITHIN_SOUND'
    | 'NEAREST_GROUP'
    | 'TRAINED_ON'
    | FileWarning['code']
  readonly message: string
}

/** A sample more or less at the lowest rates. */
const sameSeconds = 0.001

/** @param isPart a block that was cut out of a recording */
export function warningsFor(
  { sampleRate, seconds }: SignalFacts,
  modelRate: number,
  group: Pick<GroupCalibration, 'n' | 'seconds' | 'blockSeconds' | 'recordings'>,
  falseAlarmRate: number,
  segments: number,
  isPart = false,
): ScoreWarning[] {
  const warnings: ScoreWarning[] = []
  const add = (code: ScoreWarning['code'], message: string) => warnings.push({ code, message })
  if (sampleRate !== modelRate) {
    add('RATE_MISMATCH', `resampled from ${sampleRate} to ${modelRate} Hz, the model's rate`)
  }
  const recordings = Math.min(group.n, group.recordings ?? group.n)
  if (recordings < fewItems) {
    const items = group.recordings === undefined ? '' : `${plural(group.n, 'block')} of `
    add('FEW_ITEMS', `calibrated on ${items}${plural(recordings, 'recording')}, fewer than ${fewItems}`)
  }
  if (segments / (group.n + 1) > falseAlarmRate) {
    const needed = Math.ceil(segments / falseAlarmRate) - 1
    const items = group.blockSeconds === undefined ? 'recordings' : 'blocks'
    const advice = segments > 1 ? '; or judge it in blocks' : ''
    const what = segments > 1 ? 'one unusual stretch gives no p-value' : 'no p-value can be'
    const message = `${what} as low as ${falseAlarmRate}: ${needed} calibration ${items} are needed, ${group.n} are there${advice}`
    add('RATE_UNATTAINABLE', message)
  }
  const each = seconds / segments
  if (group.blockSeconds !== undefined) {
    const isSame = Math.abs(each - group.blockSeconds) < sameSeconds
    if (!isSame)
      add('LENGTH_MISMATCH', `${each.toFixed(1)} s; calibrated on blocks of ${group.blockSeconds} s`)
  } else if (isPart) {
    add(
      'LENGTH_MISMATCH',
      `a block of ${each.toFixed(1)} s out of a recording; calibrated on whole recordings`,
    )
  } else if (each < 0.8 * group.seconds[0] || each > 1.5 * group.seconds[1]) {
    const [from, to] = group.seconds.map((value) => value.toFixed(1))
    add('LENGTH_MISMATCH', `${each.toFixed(1)} s a stretch; calibrated on ${from} to ${to} s`)
  }
  return warnings
}

/** Of a recording for whose condition the calibration has no group. */
export function nearestWarning({
  name,
  why,
  missing,
}: Pick<ChosenGroup<unknown>, 'name' | 'why' | 'missing'>): ScoreWarning[] {
  if (missing === undefined) return []
  const message = `no group for the condition ${missing} (${why}): ranked among ${name}, the nearest`
  return [{ code: 'NEAREST_GROUP', message }]
}

/** Of a content model: its nearest known recording is itself. */
export const trainedOnWarning: ScoreWarning = {
  code: 'TRAINED_ON',
  message: 'it trained the model: its p-value says nothing of other recordings',
}

export function cutEndWarnings({ start, end }: CutEnds): ScoreWarning[] {
  if (!start && !end) return []
  const what = start && end ? 'begins and ends' : start ? 'begins' : 'ends'
  return [{ code: 'CUT_WITHIN_SOUND', message: `${what} within sound, as if it had been cut` }]
}
