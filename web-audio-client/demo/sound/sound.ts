import { Player, type PlayerState, type PlayerStats } from '../../index.js'
import workletUrl from '../../player/worklet/player-worklet.ts?worker&url'
import type { SideBySide } from '../vocoder/side-by-side.js'
import { type Loudness, VoiceMix } from '../vocoder/voice-mix.js'

/** What is there as a whole can wait for a stutter that then never comes; a microphone should be heard soon. */
const prebuffers = { clip: { startMs: 150, minMs: 150 }, live: {} } as const
export type Pace = keyof typeof prebuffers

/** What is heard, and where in it. The context is made on the first click, as browsers ask. */
export class Sound {
  private startedFrom = 0
  /** Counts what was played or stopped: what an earlier turn brings late does not count. */
  private turn = 0
  /** While what played before fades out: its place and its start are not those of what is to be played. */
  private isTurning = false

  private constructor(
    readonly context: AudioContext,
    private readonly player: Player,
    private readonly voices: VoiceMix,
  ) {}

  static async create(): Promise<Sound> {
    const context = new AudioContext({ latencyHint: 'interactive' })
    const player = await Player.create(context, { workletUrl, channels: 2 })
    const voices = new VoiceMix(player.node)
    voices.node.connect(context.destination)
    return new Sound(context, player, voices)
  }

  /**
   * Plays from a place on.
   *
   * @returns whether it was heard to its end; otherwise it was stopped, or something else is played
   */
  async play(source: SideBySide, fromSeconds: number, loudness: Loudness, pace: Pace): Promise<boolean> {
    const turn = ++this.turn
    this.isTurning = true
    this.startedFrom = fromSeconds
    this.player.unlock()
    await this.player.stop()
    if (turn !== this.turn) return false
    this.voices.moveTo(loudness)
    this.isTurning = false
    const chunks = source.chunks(Math.round(fromSeconds * source.sampleRate))
    await this.player.play(chunks, { prebuffer: prebuffers[pace] })
    return turn === this.turn
  }

  stop(): Promise<void> {
    this.turn += 1
    return this.player.stop()
  }

  /** What is heard of what plays, from now on. */
  hear(loudness: Loudness): void {
    this.voices.moveTo(loudness)
  }

  /** Asks the browser to let sound out; to be called in a gesture of the visitor. */
  unlock(): void {
    this.player.unlock()
  }

  /** @param volume 0 to 1 */
  setVolume(volume: number): void {
    this.player.volume = volume
  }

  /** Of what plays, or played last. */
  get stats(): PlayerStats {
    return this.player.stats()
  }

  get state(): PlayerState {
    return this.player.state
  }

  get positionSeconds(): number {
    return this.startedFrom + (this.isTurning ? 0 : this.player.currentTime)
  }

  /** When the first sample of what plays now left for the loudspeaker, ms of `performance.now()`; undefined: not yet. */
  get startedAtMs(): number | undefined {
    return this.isTurning ? undefined : this.player.stats().startedAtMs
  }
}
