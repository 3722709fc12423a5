import type { ClientMessage, ScoringGroup, ServerMessage } from '../../src/protocol/messages.js'
import {
  blockGroups,
  conditionGroups,
  type NamedGroup,
  namedByDefault,
} from '../../src/scoring/calibration/choose-set.js'
import { autoGroup } from '../../src/scoring/calibration/condition.js'
import { defaultFalseAlarmRate } from '../../src/scoring/statistics/conformal.js'
import { ApiError, fieldError } from '../operations/api-error.js'
import type { ScoringBackend } from '../scoring/backend.js'

/** Where nothing is asked for. */
const defaultBlockSeconds = 5

/** Lengths that differ by less are the same: a last sample more or less. */
const sameSeconds = 0.01

/** The answer to a `score` but for what is only known once it begins. */
export type ScoringBegun = Omit<ServerMessage & { type: 'scoring' }, 'delaySeconds' | 'credit'>

/**
 * What a `score` asks for. `shortGroup` is what a stream is ranked among that turns out to be shorter than a block.
 *
 * @throws ApiError scoring_unavailable, unknown_group
 */
export function checkScore(
  message: ClientMessage & { type: 'score' },
  scoring: ScoringBackend | undefined,
): { backend: ScoringBackend; begun: ScoringBegun; shortGroup: string } {
  const backend = availableScoring(scoring)
  const blockSeconds = message.blockSeconds ?? defaultBlockSeconds
  const { group, shortGroup } = blockScoringGroups(backend.groups, message.group, blockSeconds)
  const calibration =
    group === autoGroup
      ? groupsOfConditions(backend.groups, blockSeconds)
      : chosenScoringGroup(backend.groups, group)
  return {
    backend,
    shortGroup,
    begun: {
      type: 'scoring',
      stream: message.stream,
      model: backend.model.name,
      hash: backend.model.hash,
      calibration,
      falseAlarmRate: message.falseAlarmRate ?? defaultFalseAlarmRate,
      blockSeconds,
      blockLength: compareLength(blockSeconds, calibration),
      driftFalseAlarmRate: message.driftFalseAlarmRate ?? defaultFalseAlarmRate,
      frameSeconds: backend.frameSeconds,
    },
  }
}

/** @throws ApiError scoring_unavailable */
export function availableScoring(scoring: ScoringBackend | undefined): ScoringBackend {
  if (scoring !== undefined) return scoring
  throw new ApiError(
    'scoring_unavailable',
    'scoring: got a model without a calibration, expected one with it',
  )
}

/**
 * With one group of recordings only, or with groups of conditions, no name is needed.
 *
 * @throws ApiError unknown_group
 */
export function chosenScoringGroup(groups: readonly ScoringGroup[], name: string | undefined): ScoringGroup {
  const given = name === autoGroup ? undefined : name
  const wanted = given ?? namedByDefault(named(groups))
  if (wanted === autoGroup) return groupsOfConditions(groups)
  const chosen = groups.find((group) => group.name === wanted)
  if (chosen !== undefined) return chosen
  const got = name === undefined ? 'no name' : `"${name}"`
  const expected = groups.map((group) => group.name).join(', ')
  throw fieldError('unknown_group', 'group', got, `one of ${expected}`)
}

/** Names of what blocks are ranked among, and of the same for a recording that is shorter. @throws ApiError unknown_group */
export function blockScoringGroups(
  groups: readonly ScoringGroup[],
  name: string | undefined,
  blockSeconds: number,
): { group: string; shortGroup: string } {
  const { whole, short } = blockGroups(named(groups), name, blockSeconds)
  const group = whole === autoGroup ? autoGroup : chosenScoringGroup(groups, whole).name
  return { group, shortGroup: short ?? group }
}

/** What stands for the groups of which a recording's condition will choose: the smallest n of them. */
function groupsOfConditions(groups: readonly ScoringGroup[], blockSeconds?: number): ScoringGroup {
  const names = conditionGroups(named(groups), blockSeconds).map(([, name]) => name)
  const among = groups.filter(({ name }) => names.includes(name))
  const [first] = among as [ScoringGroup]
  return {
    ...first,
    name: autoGroup,
    n: Math.min(...among.map(({ n }) => n)),
    seconds: [
      Math.min(...among.map(({ seconds }) => seconds[0])),
      Math.max(...among.map(({ seconds }) => seconds[1])),
    ],
  }
}

function named(groups: readonly ScoringGroup[]): NamedGroup[] {
  return groups.map((group) => [group.name, group])
}

function compareLength(
  blockSeconds: number,
  { seconds: [shortest, longest] }: ScoringGroup,
): ScoringBegun['blockLength'] {
  const same =
    Math.abs(shortest - blockSeconds) < sameSeconds && Math.abs(longest - blockSeconds) < sameSeconds
  if (same) return 'same'
  return blockSeconds >= shortest && blockSeconds <= longest ? 'within' : 'outside'
}
