/** Length of a ramp, short to the ear and long enough to be no click. */
const rampSeconds = 0.02
/**
 * How far ahead a ramp is put: the audio thread may have gone on by some blocks before it hears of one, and would then
 * begin in its middle, with a step.
 */
const leadSeconds = 0.03

/** A gain that moves in straight ramps. It keeps its own account, as engines differ in what `AudioParam.value` tells. */
export class Ramp {
  private line: { readonly from: number; readonly to: number; readonly startSeconds: number }

  /** @param initial what `gain` is now */
  constructor(
    private readonly gain: AudioParam,
    private readonly now: () => number,
    initial = 1,
  ) {
    this.line = { from: initial, to: initial, startSeconds: -1 }
  }

  /** @param now when it is asked for, in s of the context: one reading for gains that must move in step */
  moveTo(to: number, now = this.now()): void {
    const { line, gain } = this
    if (to === line.to) return
    const startSeconds = now + leadSeconds
    const from = this.at(startSeconds)
    // It takes the end of a ramp that is under way, too, which without one would be no ramp.
    gain.cancelScheduledValues(startSeconds)
    if (startSeconds > line.startSeconds && startSeconds < line.startSeconds + rampSeconds) {
      gain.linearRampToValueAtTime(from, startSeconds)
    } else gain.setValueAtTime(from, startSeconds)
    gain.linearRampToValueAtTime(to, startSeconds + rampSeconds)
    this.line = { from, to, startSeconds }
  }

  private at(seconds: number): number {
    const { from, to, startSeconds } = this.line
    return from + (to - from) * Math.min(1, Math.max(0, (seconds - startSeconds) / rampSeconds))
  }
}
