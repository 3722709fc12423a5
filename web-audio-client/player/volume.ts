import { refuseArgument } from '../connection/errors.js'
import { Ramp } from './ramp.js'

/** The volume of a player, which a visitor can mute and find again as it was. */
export class Volume {
  private level = 1
  private isMuted = false
  private readonly ramp: Ramp

  constructor(gain: AudioParam, now: () => number) {
    this.ramp = new Ramp(gain, now)
  }

  get volume(): number {
    return this.level
  }

  /** @throws GlowcastClientError invalid_argument */
  set volume(volume: number) {
    // The value of a slider is text, with which sums go wrong.
    if (typeof volume !== 'number' || !(volume >= 0 && volume <= 1)) {
      refuseArgument('volume', typeof volume === 'string' ? `"${volume}"` : volume, 'a number from 0 to 1')
    }
    this.level = volume
    this.apply()
  }

  get muted(): boolean {
    return this.isMuted
  }

  set muted(muted: boolean) {
    this.isMuted = muted
    this.apply()
  }

  private apply(): void {
    this.ramp.moveTo(this.isMuted ? 0 : this.level)
  }
}
