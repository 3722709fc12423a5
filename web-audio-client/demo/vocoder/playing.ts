import type { Shared } from '../shared/shared.js'
import type { Pace } from '../sound/sound.js'
import type { SideBySide } from './side-by-side.js'
import type { Loudness } from './voice-mix.js'

/** What a panel plays, and the place at which it is or goes on. Another panel's play pauses it. */
export class Playing {
  isOn = false
  private source: SideBySide | undefined
  private at = 0
  private turn = 0

  /** @param onChange called when it starts, stops or moves */
  constructor(
    private readonly shared: Shared,
    private readonly onChange: () => void,
  ) {}

  /** Seconds. */
  get position(): number {
    const { sound } = this.shared
    if (this.isOn && sound !== undefined) this.at = Math.max(0, sound.positionSeconds)
    return this.at
  }

  get isPaused(): boolean {
    return !this.isOn && this.at > 0
  }

  async play(
    source: SideBySide,
    fromSeconds: number,
    loudness: Loudness = { original: 0, result: 1 },
    pace: Pace = 'clip',
  ): Promise<void> {
    const turn = ++this.turn
    this.source = source
    const sound = await this.shared.needSound()
    if (turn !== this.turn) return
    this.at = fromSeconds
    this.set(true)
    const isHeard = await sound.play(source, fromSeconds, loudness, pace)
    if (turn !== this.turn) return
    if (isHeard) this.at = 0
    this.set(false)
  }

  /** What is heard of what plays, from now on. */
  hear(loudness: Loudness): void {
    if (this.isOn) this.shared.sound?.hear(loudness)
  }

  async pause(): Promise<void> {
    if (!this.isOn) return
    this.at = this.position
    this.turn += 1
    this.set(false)
    await this.shared.sound?.stop()
  }

  async stop(): Promise<void> {
    const isSilent = this.pause()
    // At once: by the time that it is silent, something else may play.
    this.at = 0
    this.onChange()
    await isSilent
  }

  /** Where it goes on when it is played; what plays goes on from there at once. */
  moveTo(seconds: number): void {
    this.at = Math.min(this.source?.seconds ?? 0, Math.max(0, seconds))
    this.onChange()
  }

  private set(isOn: boolean): void {
    this.isOn = isOn
    this.onChange()
  }
}
