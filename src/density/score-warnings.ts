import { fewItems, type GroupCalibration } from './calibration.js'
import type { CutEnds } from './cut-ends.js'
import { cutEndSeconds } from './recording.js'
import type { SignalFacts } from './signal-facts.js'

/** What limits a score without forbidding it; `code` is stable. */
export interface ScoreWarning {
  readonly code: 'RATE_MISMATCH' | 'FEW_ITEMS' | 'RATE_UNATTAINABLE' | 'LENGTH_MISMATCH' | 'CUT_WITHIN_SOUND'
  readonly message: string
}

export function warningsFor(
  { sampleRate, seconds }: SignalFacts,
  modelRate: number,
  group: Pick<GroupCalibration, 'n' | 'seconds'>,
  falseAlarmRate: number,
  stretches: number,
): ScoreWarning[] {
  const warnings: ScoreWarning[] = []
  const add = (code: ScoreWarning['code'], message: string) => warnings.push({ code, message })
  if (sampleRate !== modelRate) {
    add('RATE_MISMATCH', `resampled from ${sampleRate} to ${modelRate} Hz, the model's rate`)
  }
  if (group.n < fewItems) add('FEW_ITEMS', `calibrated on ${group.n} recordings, fewer than ${fewItems}`)
  if (stretches / (group.n + 1) > falseAlarmRate) {
    const needed = Math.ceil(stretches / falseAlarmRate) - 1
    const message = `no p-value can be as low as ${falseAlarmRate}: ${needed} calibration recordings are needed, ${group.n} are there`
    add('RATE_UNATTAINABLE', message)
  }
  const each = seconds / stretches
  if (each < 0.8 * group.seconds[0] || each > 1.5 * group.seconds[1]) {
    const [from, to] = group.seconds.map((value) => value.toFixed(1))
    add('LENGTH_MISMATCH', `${each.toFixed(1)} s a stretch; calibrated on ${from} to ${to} s`)
  }
  return warnings
}

export function cutEndWarnings({ start, end }: CutEnds): ScoreWarning[] {
  if (!start && !end) return []
  const what = start && end ? 'begins and ends' : start ? 'begins' : 'ends'
  const message = `${what} within sound: up to ${cutEndSeconds} s there are heard, and not scored`
  return [{ code: 'CUT_WITHIN_SOUND', message }]
}
