import type { ClientMessage, ScoringGroup, ServerMessage } from '../src/protocol.js'
import { Problem } from './problem.js'
import type { ScoringBackend } from './scoring-backend.js'

/** Where nothing is asked for. */
export const defaultFalseAlarmRate = 0.01
const defaultBlockSeconds = 5

/** Lengths that differ by less are the same: a last sample more or less. */
const sameSeconds = 0.01

/** The answer to a `score` but for what is only known once it begins. */
export type ScoringBegun = Omit<ServerMessage & { type: 'scoring' }, 'delaySeconds' | 'credit'>

/**
 * What a `score` asks for.
 *
 * @throws Problem scoring_unavailable, unknown_group
 */
export function checkScore(
  message: ClientMessage & { type: 'score' },
  scoring: ScoringBackend | undefined,
): { backend: ScoringBackend; begun: ScoringBegun } {
  const backend = availableScoring(scoring)
  const calibration = chosenScoringGroup(backend.groups, message.group)
  const blockSeconds = message.blockSeconds ?? defaultBlockSeconds
  return {
    backend,
    begun: {
      type: 'scoring',
      stream: message.stream,
      model: backend.model.name,
      hash: backend.model.hash,
      calibration,
      falseAlarmRate: message.falseAlarmRate ?? defaultFalseAlarmRate,
      blockSeconds,
      blockLength: compareLength(blockSeconds, calibration.seconds),
      driftFalseAlarmRate: message.driftFalseAlarmRate ?? defaultFalseAlarmRate,
      frameSeconds: backend.frameSeconds,
    },
  }
}

/** @throws Problem scoring_unavailable */
export function availableScoring(scoring: ScoringBackend | undefined): ScoringBackend {
  if (scoring !== undefined) return scoring
  throw new Problem('scoring_unavailable', 'scoring: got a model without a calibration, expected one with it')
}

/** With one group only, no name is needed. @throws Problem unknown_group */
export function chosenScoringGroup(groups: readonly ScoringGroup[], name: string | undefined): ScoringGroup {
  const chosen = groups.find(
    (group) => group.name === (name ?? (groups.length === 1 ? group.name : 'default')),
  )
  if (chosen !== undefined) return chosen
  const got = name === undefined ? 'no name' : `"${name}"`
  const expected = groups.map((group) => group.name).join(', ')
  throw new Problem('unknown_group', `group: got ${got}, expected one of ${expected}`, { field: 'group' })
}

function compareLength(
  blockSeconds: number,
  [shortest, longest]: ScoringGroup['seconds'],
): ScoringBegun['blockLength'] {
  const same =
    Math.abs(shortest - blockSeconds) < sameSeconds && Math.abs(longest - blockSeconds) < sameSeconds
  if (same) return 'same'
  return blockSeconds >= shortest && blockSeconds <= longest ? 'within' : 'outside'
}
