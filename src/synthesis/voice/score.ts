import type { MelConfig } from '../../audio/mel/mel-config.js'
import type { VoiceControls } from './controls.js'
import { Keys, nothingPlayed, type Played } from './keys.js'
import { Timeline } from './timeline.js'

/** Who sings: a note, by the press of its key, or the voice on its own pitch. */
export type PartId = number | 'own'

/** What is to be sung when: positions are samples that came in, at the rate of the voice. */
export class Score {
  readonly controls: Timeline<VoiceControls>
  private readonly played = new Timeline<Played>(nothingPlayed)
  private readonly keys = new Keys()

  constructor(
    first: VoiceControls,
    private readonly mel: MelConfig,
    private readonly sampleRate: number,
  ) {
    this.controls = new Timeline(first)
  }

  /** Holds from a position on, which is not before that of an earlier call. */
  set(from: number, changes: Partial<VoiceControls>): void {
    const controls = { ...this.controls.last, ...changes }
    this.controls.set(from, controls)
    this.played.set(from, this.keys.played(controls.voices))
  }

  /** @param bytes of a MIDI message */
  play(from: number, bytes: ArrayLike<number> & Iterable<number>): void {
    this.keys.receive(bytes)
    this.played.set(from, this.keys.played(this.controls.last.voices))
  }

  forgetBefore(position: number): void {
    this.controls.forgetBefore(position)
    this.played.forgetBefore(position)
  }

  /** @param sample at the rate of the mel */
  positionOf(sample: number): number {
    return (sample * this.sampleRate) / this.mel.sampleRate
  }

  controlsOfFrame(frame: number): VoiceControls {
    return this.controls.at(this.middleOf(frame))
  }

  bendOfFrame(frame: number): number {
    return this.played.at(this.middleOf(frame)).bend
  }

  /** How loud a part is to be, from 0 to 1. @param sample at the rate of the mel */
  gainOf(id: PartId, sample: number): number {
    const position = this.positionOf(sample)
    const { notes } = this.played.at(position)
    if (id !== 'own') return notes.find((note) => note.id === id)?.gain ?? 0
    return notes.length === 0 && this.controls.at(position).withoutNote === 'voice' ? 1 : 0
  }

  /** Who sings within these samples, with the note of each. */
  partsWithin(start: number, stop: number): Map<PartId, number | undefined> {
    const [from, to] = [this.positionOf(start), this.positionOf(stop)]
    const moments = this.played.within(from, to)
    const parts = new Map<PartId, number | undefined>()
    const isSilent = this.controls.within(from, to).every(({ withoutNote }) => withoutNote === 'silence')
    if (!isSilent && moments.some(({ notes }) => notes.length === 0)) parts.set('own', undefined)
    for (const { id, note } of moments.flatMap(({ notes }) => notes)) parts.set(id, note)
    return parts
  }

  private middleOf(frame: number): number {
    return this.positionOf((frame + 0.5) * this.mel.hopLength)
  }
}
