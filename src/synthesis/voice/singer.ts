import type { Frames } from '../../audio/buffers/frames.js'
import { SampleWindow } from '../../audio/buffers/sample-window.js'
import type { LiveControls, Signal } from '../signal.js'
import { keepsPitch, type Melody } from './melody.js'
import type { PartId, Score } from './score.js'

/** The pitch of a part. */
export class PartPitch implements LiveControls {
  /** @param note absent: the voice's own pitch */
  constructor(
    private readonly score: Score,
    private readonly melody: Melody,
    private readonly note: number | undefined,
  ) {}

  temperatureAt(frame: number): number {
    return this.score.controlsOfFrame(frame).breathiness
  }

  keepsF0At(frame: number): boolean {
    return this.note === undefined && keepsPitch(this.score.controlsOfFrame(frame))
  }

  f0At(frame: number, hz: number): number {
    const controls = this.score.controlsOfFrame(frame)
    if (this.note === undefined) return this.melody.spoken(hz, controls)
    return this.melody.sung(hz, this.note, this.score.bendOfFrame(frame), controls)
  }
}

/** One part of a choir: a signal that fades in and out as the score says. */
export class Singer {
  private readonly samples = new SampleWindow()
  private gain: number

  /**
   * @param first sample that the signal makes
   * @param step that the gain moves by in a sample, at most
   */
  constructor(
    readonly id: PartId,
    readonly signal: Signal,
    private readonly score: Score,
    private readonly first: number,
    private readonly step: number,
  ) {
    // What is there from the beginning has nothing to fade in from.
    this.gain = first === 0 ? score.gainOf(id, 0) : 0
  }

  get isSilent(): boolean {
    return this.gain === 0
  }

  push(mel: Frames): void {
    this.signal.push(mel)
  }

  took(samples: Float32Array): void {
    this.samples.append(samples)
  }

  /** Adds samples from `start` on to the target. */
  addTo(target: Float32Array, start: number): void {
    const own = new Float32Array(target.length)
    this.samples.read(start - this.first, own)
    for (let i = 0; i < target.length; i++) {
      const wanted = this.score.gainOf(this.id, start + i)
      this.gain += Math.min(this.step, Math.max(-this.step, wanted - this.gain))
      target[i]! += this.gain * own[i]!
    }
    this.samples.forgetBefore(start + target.length - this.first)
  }
}
