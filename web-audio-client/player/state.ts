import type { OutputState } from './output.js'

export type PlayerState =
  /** Nothing was asked to play. */
  | 'idle'
  /** Sound is on its way: the first samples of the source, or of its next utterance, are awaited. */
  | 'buffering'
  | 'playing'
  /** Samples ran out within an utterance, and more are awaited. */
  | 'stalled'
  | 'paused'
  /** The browser waits for a gesture: "tap to go on". The player goes on by itself with the next one. */
  | 'suspended'
  /** The system has taken the sound, for a call or another application. */
  | 'interrupted'
  /** There is no device that sound can go to. */
  | 'no-output'
  /** The context was closed. */
  | 'closed'

export interface Observed {
  readonly output: OutputState
  readonly hasSource: boolean
  readonly isHeld: boolean
  readonly isSounding: boolean
  /** Whether samples have run out since playback last started. */
  readonly isStarved: boolean
}

/** The one state to show: what stops the sound for longest comes first. */
export function playerState({ output, hasSource, isHeld, isSounding, isStarved }: Observed): PlayerState {
  if (output === 'closed') return 'closed'
  if (!hasSource) return 'idle'
  if (output === 'suspended' || output === 'interrupted' || output === 'no-output') return output
  if (isHeld) return 'paused'
  if (isSounding && output === 'running') return 'playing'
  return isStarved ? 'stalled' : 'buffering'
}
