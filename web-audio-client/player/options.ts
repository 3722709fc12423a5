import type { PrebufferLimits } from './jitter.js'
import type { PlayerState } from './state.js'

export interface PlayerOptions {
  /**
   * Channels of what is played, 1 (the default) or 2. The samples of two lie side by side in a chunk, [frames, 2]; its
   * `position` counts frames.
   */
  readonly channels?: 1 | 2
  /**
   * Where `player-worklet.js` is served. Default: this package's own text as a `blob:`, or, where the page's content
   * security policy forbids that, beside this module.
   */
  readonly workletUrl?: string | URL
  readonly prebuffer?: Partial<PrebufferLimits>
  /** Audio that the ring holds at least, in ms, from 100 on. Default 1,000. */
  readonly ringMs?: number
  /** Length of the fades around an underrun, a pause or a stop, in ms, 50 at most. Default 5. */
  readonly fadeMs?: number
  /** Default: shared memory where the page is cross-origin isolated and has it, otherwise messages. */
  readonly transport?: 'shared' | 'port'
}

export interface PlayOptions {
  /** Stops when it aborts; `play` then rejects with its reason. */
  readonly signal?: AbortSignal
  /** Limits for this source, in place of the player's: a recording may wait longer than a conversation. */
  readonly prebuffer?: Partial<PrebufferLimits>
}

export interface PlayerStats {
  readonly transport: 'shared' | 'port'
  readonly state: PlayerState
  readonly playing: boolean
  /** Audio in the ring, in ms. */
  readonly bufferedMs: number
  /** Audio that must wait before playback starts, in ms; adapts to the jitter seen. */
  readonly prebufferMs: number
  /** How often audio ran out within an utterance of the source that plays, or played last. */
  readonly underruns: number
  /** How far that source has been played, in seconds of it. */
  readonly positionSeconds: number
  /** How often playback started, or started again, since the player was made. */
  readonly starts: number
  /** The context's time of that source's first sample; undefined before. */
  readonly startedAtSeconds: number | undefined
  /** When its first sample left for the loudspeaker, ms of `performance.now()`; undefined before. */
  readonly startedAtMs: number | undefined
}
