import { autoGroup, type Condition, conditions, type GroupChoice, isByCondition } from './condition.js'

/** What a group's n items are: blocks of just this length, or whole recordings. */
export interface UnitGroup {
  readonly n: number
  readonly blockSeconds?: number
}

/** A group with its name. */
export type NamedGroup = readonly [name: string, group: UnitGroup]

/** Lengths that differ by less are the same: they came through text. */
const sameSeconds = 1e-6

/** What the names of a condition's groups of blocks end in. */
const blocksSuffix = '-blocks'

const isRecordings = ([, { blockSeconds }]: NamedGroup) => blockSeconds === undefined
const isBlocksOf =
  (seconds: number) =>
  ([, { blockSeconds }]: NamedGroup) =>
    blockSeconds !== undefined && Math.abs(blockSeconds - seconds) < sameSeconds

/**
 * The name where none is given: that of the only group of whole recordings (of all, where there is none), or `default`;
 * `auto` where there is none of these, but some of conditions.
 */
export function namedByDefault(groups: readonly NamedGroup[]): string {
  const ofRecordings = groups.filter(isRecordings)
  const candidates = ofRecordings.length === 0 ? groups : ofRecordings
  if (candidates.length === 1) return candidates[0]![0]
  const isThere = groups.some(([name]) => name === 'default')
  return isThere || conditionNames(groups).length === 0 ? 'default' : autoGroup
}

/**
 * What blocks of a length are ranked among, and what a recording is that turns out to be shorter than a block: files,
 * unless a group is named. `auto`: of groups by condition, see `choiceAmong`. Undefined: no name decides, see
 * `namedByDefault`.
 */
export function blockGroups(
  groups: readonly NamedGroup[],
  name: string | undefined,
  seconds: number,
): { whole: string | undefined; short: string | undefined } {
  const given = name === autoGroup ? undefined : name
  const ofFiles = namedByDefault(groups)
  const whole = given ?? blockGroupOf(groups, seconds)
  const isThere = ofFiles === autoGroup || groups.some(([each]) => each === ofFiles)
  return { whole, short: given === undefined && isThere ? ofFiles : whole }
}

/** The first group whose items are blocks of just that length; `auto` where only those of conditions are. */
function blockGroupOf(groups: readonly NamedGroup[], seconds: number): string | undefined {
  const ofLength = groups.filter(isBlocksOf(seconds))
  const byCondition = conditionNames(ofLength).map(([, name]) => name)
  const own = ofLength.find(([name]) => !byCondition.includes(name))
  return own?.[0] ?? (byCondition.length > 0 ? autoGroup : undefined)
}

/**
 * Names of the groups of which a recording's condition chooses: of blocks of that length, where there are any, else of
 * whole recordings.
 */
export function conditionGroups(groups: readonly NamedGroup[], seconds?: number): [Condition, string][] {
  const ofBlocks = seconds === undefined ? [] : conditionNames(groups.filter(isBlocksOf(seconds)))
  return ofBlocks.length > 0 ? ofBlocks : conditionNames(groups.filter(isRecordings))
}

function conditionNames(groups: readonly NamedGroup[]): [Condition, string][] {
  return groups.flatMap(([name]) => {
    const condition = conditions.find((each) => name === each || name === `${each}${blocksSuffix}`)
    return condition === undefined ? [] : [[condition, name] as [Condition, string]]
  })
}

/**
 * What a name stands for: the group, or with `auto` those of which each recording's condition chooses.
 *
 * @param name one of the groups, or `auto` as `namedByDefault` and `blockGroups` give it
 * @param seconds length of the blocks that are ranked
 */
export function choiceAmong<Group extends UnitGroup>(
  groups: Readonly<Record<string, Group>>,
  name: string,
  seconds?: number,
): GroupChoice<Group> {
  if (name !== autoGroup) return groups[name]!
  const entries = conditionGroups(Object.entries(groups), seconds)
  return {
    byCondition: Object.fromEntries(
      entries.map(([condition, each]) => [condition, { name: each, group: groups[each]! }]),
    ),
  }
}

/** What a file is judged with; plain data. */
export interface FileRanking<Group extends UnitGroup = UnitGroup> {
  readonly group: GroupChoice<Group>
  /** Absent: a file is judged as a whole. */
  readonly blockSeconds?: number
  /** Of a file that turns out to be shorter than a block; absent: the same group. */
  readonly shortGroup?: { readonly name: string; readonly group: GroupChoice<Group> }
}

/**
 * What names stand for. A group of blocks is for blocks of its length, even where none was asked for.
 *
 * @param name as `chosenGroup` gives it
 * @param shortName as `blockGroups` gives it
 */
export function fileRanking<Group extends UnitGroup>(
  groups: Readonly<Record<string, Group>>,
  name: string,
  wantedSeconds?: number,
  shortName = name,
): FileRanking<Group> {
  const group = choiceAmong(groups, name, wantedSeconds)
  const blockSeconds = wantedSeconds ?? (isByCondition(group) ? undefined : group.blockSeconds)
  return {
    group,
    ...(blockSeconds === undefined ? {} : { blockSeconds }),
    ...(shortName === name ? {} : { shortGroup: { name: shortName, group: choiceAmong(groups, shortName) } }),
  }
}
