/** What a group's n items are: blocks of just this length, or whole recordings. */
export interface UnitGroup {
  readonly n: number
  readonly blockSeconds?: number
}

/** A group with its name. */
export type NamedGroup = readonly [name: string, group: UnitGroup]

/** Lengths that differ by less are the same: they came through text. */
const sameSeconds = 1e-6

/** The name where none is given: that of the only group of whole recordings (of all, where there is none), or `default`. */
export function namedByDefault(groups: readonly NamedGroup[]): string {
  const ofRecordings = groups.filter(([, { blockSeconds }]) => blockSeconds === undefined)
  const candidates = ofRecordings.length === 0 ? groups : ofRecordings
  return candidates.length === 1 ? candidates[0]![0] : 'default'
}

/**
 * What blocks of a length are ranked among, and what a recording is that turns out to be shorter than a block: files,
 * unless a group is named. Undefined: no name decides, see `namedByDefault`.
 */
export function blockGroups(
  groups: readonly NamedGroup[],
  name: string | undefined,
  seconds: number,
): { whole: string | undefined; short: string | undefined } {
  const ofFiles = namedByDefault(groups)
  const whole = name ?? blockGroupOf(groups, seconds)
  const isThere = name === undefined && groups.some(([each]) => each === ofFiles)
  return { whole, short: isThere ? ofFiles : whole }
}

/** The first group whose items are blocks of just that length. */
function blockGroupOf(groups: readonly NamedGroup[], seconds: number): string | undefined {
  return groups.find(
    ([, { blockSeconds }]) => blockSeconds !== undefined && Math.abs(blockSeconds - seconds) < sameSeconds,
  )?.[0]
}
