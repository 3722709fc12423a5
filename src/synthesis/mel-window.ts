import type { Frames } from '../audio/buffers/frames.js'
import { highestLogMel } from '../audio/mel/scale-check.js'
import { invalidMel } from '../errors.js'
import { normalizeLogMel, silentLogMel } from '../models/glowcast/mel-normalization.js'
import { plural } from '../plural.js'

/**
 * Mel frames of a signal that is still arriving, normalised, with silence before its start and, once it has
 * ended, behind its end. Frames that no window needs any more are dropped.
 */
export class MelWindow {
  private data: Float32Array
  /** Index of the first frame held. */
  private base = 0
  private count = 0
  private ended = false
  private readonly silence: number

  constructor(
    private readonly melBands: number,
    logFloor: number,
    private readonly logFloorNats = silentLogMel(logFloor),
  ) {
    this.silence = normalizeLogMel(logFloorNats)
    this.data = new Float32Array(64 * melBands)
  }

  /** Frames pushed so far. */
  get frames(): number {
    return this.base + this.count
  }

  /** @throws GlowcastError INVALID_MEL */
  check(mel: Frames): void {
    checkMel(mel, this.melBands, this.frames)
  }

  /** @throws GlowcastError as `check`; nothing is then taken */
  push(mel: Frames): void {
    this.check(mel)
    this.reserve(this.count + mel.frames)
    const start = this.count * this.melBands
    for (let i = 0; i < mel.data.length; i++) {
      this.data[start + i] = normalizeLogMel(Math.max(mel.data[i]!, this.logFloorNats))
    }
    this.count += mel.frames
  }

  end(): void {
    this.ended = true
  }

  get hasEnded(): boolean {
    return this.ended
  }

  /** Whether the frames before `end` are all there, or known to be silence. */
  has(end: number): boolean {
    return this.ended || end <= this.frames
  }

  /** Copies frames `start … start + length / melBands - 1` to the target; silence outside the signal. */
  read(start: number, target: Float32Array): void {
    const length = target.length / this.melBands
    target.fill(this.silence)
    const from = Math.max(start, this.base)
    const to = Math.min(start + length, this.frames)
    if (to <= from) return
    const held = this.data.subarray((from - this.base) * this.melBands, (to - this.base) * this.melBands)
    target.set(held, (from - start) * this.melBands)
  }

  /** Frames before this one are not read again. */
  dropBefore(frame: number): void {
    const drop = Math.min(frame - this.base, this.count)
    if (drop < 256 && drop < this.count) return
    if (drop <= 0) return
    this.data.copyWithin(0, drop * this.melBands, this.count * this.melBands)
    this.base += drop
    this.count -= drop
  }

  private reserve(frames: number): void {
    if (frames * this.melBands <= this.data.length) return
    const grown = new Float32Array(Math.max(2 * this.data.length, frames * this.melBands))
    grown.set(this.data.subarray(0, this.count * this.melBands))
    this.data = grown
  }
}

/**
 * @param firstFrame index of the first of these frames, for the message
 * @throws GlowcastError INVALID_MEL for another number of bands, or a value that is not finite or above `highestLogMel`
 */
export function checkMel(mel: Frames, melBands: number, firstFrame: number): void {
  if (mel.channels !== melBands) {
    throw invalidMel('mel', plural(mel.channels, 'band'), plural(melBands, 'band'))
  }
  // Below the floor all is silence; above the bound no audio is, and the networks overflow.
  const bad = mel.data.findIndex((value) => !(Number.isFinite(value) && value <= highestLogMel))
  if (bad >= 0) {
    const field = `mel frame ${firstFrame + Math.floor(bad / melBands)}, band ${bad % melBands}`
    throw invalidMel(field, `${mel.data[bad]}`, `finite natural-log mels, at most ${highestLogMel}`)
  }
}
