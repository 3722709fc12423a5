import { Player, type PlayerStats } from '../index.js'
import workletUrl from '../player-worklet.ts?worker&url'
import { heardAtMs } from './audio-clock.js'
import type { GrowingSignal } from './signal.js'

/** What was played and can be again waits for a stutter that never comes; a microphone should be heard soon. */
const prebuffers = { clip: { startMs: 150, leastMs: 150 }, live: {} } as const
export type Pace = keyof typeof prebuffers

/** A context that should run and whose time stands still for so long has no output. */
const silentMs = 1500

/** Why nothing is heard: the browser holds the sound back until it is touched, or has no output for it. */
export type SoundTrouble = 'blocked' | 'no output'

/** What is heard, and where in it. The context is made on the first click, as browsers ask. */
export class Sound {
  private startedFrom = 0
  private startsBefore = 0
  private underrunsBefore = 0
  /** Counts what was played or stopped: what an earlier turn brings late does not count. */
  private turn = 0
  private player: Player
  /** While what played before fades out: its place and its start are not those of what is to be played. */
  private isTurning = false
  private clock = { contextSeconds: -1, sinceMs: 0 }

  private constructor(
    readonly context: AudioContext,
    private readonly players: Readonly<Record<Pace, Player>>,
    private readonly voiceGain: GainNode,
    private readonly mainGain: GainNode,
  ) {
    this.player = players.clip
  }

  static async create(): Promise<Sound> {
    const context = new AudioContext({ latencyHint: 'interactive' })
    const voiceGain = new GainNode(context)
    const mainGain = new GainNode(context)
    voiceGain.connect(mainGain).connect(context.destination)
    const make = async (pace: Pace) => {
      const player = await Player.create(context, { workletUrl, prebuffer: prebuffers[pace] })
      player.node.connect(voiceGain)
      return player
    }
    return new Sound(context, { clip: await make('clip'), live: await make('live') }, voiceGain, mainGain)
  }

  /**
   * Plays a signal from a place on.
   *
   * @param gain of this signal: 1 leaves its samples as they are
   * @returns whether it was heard to its end; otherwise it was stopped, or something else is played
   */
  async play(signal: GrowingSignal, fromSeconds: number, gain = 1, pace: Pace = 'clip'): Promise<boolean> {
    const turn = ++this.turn
    this.isTurning = true
    this.startedFrom = fromSeconds
    this.resume()
    await this.player.stop()
    if (turn !== this.turn) return false
    this.player = this.players[pace]
    this.voiceGain.gain.value = gain
    const { starts, underruns } = this.player.stats()
    this.startsBefore = starts
    this.underrunsBefore = underruns
    this.isTurning = false
    await this.player.play(signal.chunks(Math.round(fromSeconds * signal.sampleRate)))
    return turn === this.turn
  }

  stop(): Promise<void> {
    this.turn += 1
    return this.player.stop()
  }

  /** Lets the context run, as far as the browser allows; that it does not shows in `trouble`. */
  resume(): void {
    this.clock = { contextSeconds: -1, sinceMs: performance.now() }
    void this.context.resume().catch(() => undefined)
  }

  /** @param volume 0 to 1 */
  setVolume(volume: number): void {
    this.mainGain.gain.value = volume
  }

  /** Of the player that plays; underruns are those of this play. */
  get stats(): PlayerStats {
    const stats = this.player.stats()
    return { ...stats, underruns: stats.underruns - this.underrunsBefore }
  }

  get positionSeconds(): number {
    return this.startedFrom + (this.isTurning ? 0 : this.player.stats().positionSeconds)
  }

  /** When the first sample of what plays now was heard, ms of `performance.now()`; undefined: not yet. */
  get startedAtMs(): number | undefined {
    const { starts, startedAtSeconds } = this.player.stats()
    if (this.isTurning || startedAtSeconds === undefined || starts === this.startsBefore) return undefined
    return heardAtMs(this.context, startedAtSeconds, performance.now())
  }

  /** Why what plays is not heard; ask again and again while it plays. */
  get trouble(): SoundTrouble | undefined {
    const { state, currentTime } = this.context
    const nowMs = performance.now()
    if (currentTime !== this.clock.contextSeconds) {
      this.clock = { contextSeconds: currentTime, sinceMs: nowMs }
      return state === 'running' ? undefined : 'blocked'
    }
    if (nowMs - this.clock.sinceMs < silentMs) return undefined
    return state === 'running' ? 'no output' : 'blocked'
  }
}
