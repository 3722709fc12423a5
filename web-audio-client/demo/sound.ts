import { Player, type PlayerStats } from '../index.js'
import workletUrl from '../player-worklet.ts?worker&url'
import type { GrowingSignal } from './signal.js'

/** What is heard, and where in it. The context is made on the first click, as browsers ask. */
export class Sound {
  private constructor(
    readonly context: AudioContext,
    private readonly player: Player,
  ) {}

  private startedFrom = 0
  private startsBefore = 0

  static async create(): Promise<Sound> {
    const context = new AudioContext({ latencyHint: 'interactive' })
    const player = await Player.create(context, { workletUrl })
    player.node.connect(context.destination)
    return new Sound(context, player)
  }

  /** Plays a signal from a place on, to its end; resolves when that is heard, or something else is played. */
  async play(signal: GrowingSignal, fromSeconds: number): Promise<void> {
    await this.context.resume()
    await this.player.stop()
    this.startedFrom = fromSeconds
    this.startsBefore = this.player.stats().starts
    await this.player.play(signal.chunks(Math.round(fromSeconds * signal.sampleRate)))
  }

  stop(): Promise<void> {
    return this.player.stop()
  }

  get stats(): PlayerStats {
    return this.player.stats()
  }

  get positionSeconds(): number {
    return this.startedFrom + this.player.stats().positionSeconds
  }

  /** When the first sample of what plays now left for the loudspeaker, ms of `performance.now()`. */
  get startedAtMs(): number | undefined {
    const { starts, startedAtSeconds } = this.player.stats()
    if (startedAtSeconds === undefined || starts === this.startsBefore) return undefined
    const { contextTime = 0, performanceTime = 0 } = this.context.getOutputTimestamp()
    return performanceTime + 1000 * (startedAtSeconds - contextTime)
  }
}
