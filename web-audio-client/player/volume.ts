import { refuseArgument } from '../errors.js'

/** Length of a ramp, short to the ear and long enough to be no click. */
const rampSeconds = 0.02

/** Gain that moves in straight ramps. It keeps its own account, as engines differ in what `AudioParam.value` tells. */
export class Volume {
  private level = 1
  private isMuted = false
  private ramp = { from: 1, to: 1, startSeconds: 0 }

  constructor(
    private readonly gain: AudioParam,
    private readonly now: () => number,
  ) {}

  get volume(): number {
    return this.level
  }

  /** @throws GlowcastClientError invalid_argument */
  set volume(volume: number) {
    if (!(volume >= 0 && volume <= 1)) refuseArgument('volume', volume, 'a number from 0 to 1')
    this.level = volume
    this.moveTo(this.isMuted ? 0 : volume)
  }

  get muted(): boolean {
    return this.isMuted
  }

  set muted(muted: boolean) {
    this.isMuted = muted
    this.moveTo(muted ? 0 : this.level)
  }

  private moveTo(to: number): void {
    if (to === this.ramp.to) return
    const startSeconds = this.now()
    const from = this.at(startSeconds)
    this.ramp = { from, to, startSeconds }
    this.gain.cancelScheduledValues(startSeconds)
    this.gain.setValueAtTime(from, startSeconds)
    this.gain.linearRampToValueAtTime(to, startSeconds + rampSeconds)
  }

  private at(seconds: number): number {
    const { from, to, startSeconds } = this.ramp
    return from + (to - from) * Math.min(1, Math.max(0, (seconds - startSeconds) / rampSeconds))
  }
}
