import type { SignalFacts } from '../../audio/metering/signal-facts.js'

/** How a recording was made, as far as its score depends on it; names of groups that a recording chooses by itself. */
export const conditions = ['full-band', 'wide-band', 'telephone', 'codec'] as const
export type Condition = (typeof conditions)[number]

/** Asks that a recording's condition chooses its group. */
export const autoGroup = 'auto'

/** What tells the condition: nothing that a score is made of. */
export type ConditionFacts = Pick<SignalFacts, 'bandwidthHz' | 'isLossy'>

/** Telephones end at 3.4 to 4 kHz, recordings of 16 kHz at 7 to 8 kHz; the filters of all have slopes. */
const telephoneBelowHz = 4300
const wideBelowHz = 8600

export function conditionOf({ bandwidthHz, isLossy = false }: ConditionFacts): {
  condition: Condition
  why: string
} {
  const ends = `nothing above ${(bandwidthHz / 1000).toFixed(1)} kHz`
  if (bandwidthHz < telephoneBelowHz) return { condition: 'telephone', why: ends }
  if (isLossy) return { condition: 'codec', why: 'a lossy file: MP3, Vorbis or Opus' }
  if (bandwidthHz < wideBelowHz) return { condition: 'wide-band', why: ends }
  return { condition: 'full-band', why: `sound up to ${(bandwidthHz / 1000).toFixed(1)} kHz` }
}

/** What is nearest to a condition that a calibration has no group of, the nearest first. */
const nearest: Readonly<Record<Condition, readonly Condition[]>> = {
  'full-band': ['wide-band', 'codec', 'telephone'],
  'wide-band': ['codec', 'full-band', 'telephone'],
  telephone: ['wide-band', 'codec', 'full-band'],
  codec: ['wide-band', 'full-band', 'telephone'],
}

/** Groups of which a recording's condition chooses; plain data. */
export interface GroupsByCondition<Group> {
  readonly byCondition: Readonly<Partial<Record<Condition, { readonly name: string; readonly group: Group }>>>
}

/** The group that a recording chose, and why. */
export interface ChosenGroup<Group> {
  readonly name: string
  readonly group: Group
  readonly why: string
  /** The recording's condition, where there is no group of it: `group` is the nearest. */
  readonly missing?: Condition
}

/** A group, or those of which each recording chooses. */
export type GroupChoice<Group> = Group | GroupsByCondition<Group>

export function isByCondition<Group extends object>(
  choice: GroupChoice<Group>,
): choice is GroupsByCondition<Group> {
  return 'byCondition' in choice
}

/** @param groups at least one */
export function groupFor<Group>(
  { byCondition }: GroupsByCondition<Group>,
  facts: ConditionFacts,
): ChosenGroup<Group> {
  const { condition, why } = conditionOf(facts)
  const fitting = byCondition[condition]
  if (fitting !== undefined) return { ...fitting, why }
  const other = nearest[condition].find((name) => byCondition[name] !== undefined)
  if (other === undefined) throw new Error('Groups by condition are at least one.')
  return { ...byCondition[other]!, why, missing: condition }
}

/** Of groups by condition the smallest n, until one is chosen. */
export function nItemsOf(choice: GroupChoice<{ readonly n: number }>): number {
  if (!isByCondition(choice)) return choice.n
  return Math.min(...Object.values(choice.byCondition).map(({ group }) => group.n))
}

/** @param name that one of them chose */
export function groupNamed<Group>({ byCondition }: GroupsByCondition<Group>, name: string): Group {
  const found = Object.values(byCondition).find((each) => each.name === name)
  if (found === undefined) throw new Error(`No group of a condition is called ${name}.`)
  return found.group
}
