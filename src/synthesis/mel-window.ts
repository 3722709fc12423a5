import type { Frames } from '../audio/buffers/frames.js'
import { SampleWindow } from '../audio/buffers/sample-window.js'
import { highestLogMel } from '../audio/mel/scale-check.js'
import { invalidMel } from '../errors.js'
import { normalizeLogMel, silentLogMel } from '../models/glowcast/mel-normalization.js'
import { plural } from '../plural.js'

/**
 * Mel frames of a signal that is still arriving, normalised, with silence before its start and, once it has
 * ended, behind its end. Frames that no window needs any more are dropped.
 */
export class MelWindow {
  private readonly window: SampleWindow
  private ended = false

  constructor(
    private readonly melBands: number,
    logFloor: number,
    private readonly logFloorNats = silentLogMel(logFloor),
  ) {
    this.window = new SampleWindow(melBands, normalizeLogMel(logFloorNats))
  }

  /** Frames pushed so far. */
  get frames(): number {
    return this.window.end
  }

  /** @throws GlowcastError INVALID_MEL */
  check(mel: Frames): void {
    checkMel(mel, this.melBands, this.frames)
  }

  /** @throws GlowcastError as `check`; nothing is then taken */
  push(mel: Frames): void {
    this.check(mel)
    const rows = this.window.extend(mel.frames)
    for (let i = 0; i < mel.data.length; i++) {
      rows[i] = normalizeLogMel(Math.max(mel.data[i]!, this.logFloorNats))
    }
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
    this.window.read(start, target)
  }

  /** Frames before this one are not read again. */
  dropBefore(frame: number): void {
    this.window.forgetBefore(frame)
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
