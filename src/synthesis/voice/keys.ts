/** A note that sounds. */
interface SoundingNote {
  /** Of this press of the key. */
  readonly id: number
  /** Number of the key: 69 is 440 Hz, a step is a semitone. */
  readonly note: number
  /** From 0 to 1. */
  readonly gain: number
}

/** What is played at a moment. */
export interface Played {
  readonly notes: readonly SoundingNote[]
  /** Place of the pitch wheel, from -1 to 1. */
  readonly bend: number
}

export const nothingPlayed: Played = { notes: [], bend: 0 }

interface Key {
  readonly id: number
  readonly note: number
  readonly velocity: number
  /** Otherwise the pedal holds the note. */
  isDown: boolean
}

const status = { noteOff: 0x80, noteOn: 0x90, control: 0xb0, pitchBend: 0xe0 } as const
const controller = { sustain: 64, allSoundOff: 120, resetAll: 121, allNotesOff: 123 } as const

/**
 * The keys of a MIDI instrument, of all channels together. Where more notes are held than may sound, the last ones do, keys
 * that are down before notes that the pedal holds; those before them come back when these end.
 */
export class Keys {
  private keys: Key[] = []
  private pedal = false
  private bend = 0
  private presses = 0

  /** @param limit notes that sound at once */
  played(limit: number): Played {
    const urgent = [...this.keys].sort((a, b) => Number(b.isDown) - Number(a.isDown) || b.id - a.id)
    const sounding = urgent.slice(0, limit).sort((a, b) => a.id - b.id)
    // Voices that differ add up as their powers do.
    const share = 1 / Math.sqrt(sounding.length)
    const notes = sounding.map(({ id, note, velocity }) => ({ id, note, gain: (share * velocity) / 127 }))
    return { notes, bend: this.bend }
  }

  /** Takes a message; what is none for a voice, such as a clock, changes nothing. @param bytes of one message */
  receive([first = 0, second = 0, third = 0]: ArrayLike<number> & Iterable<number>): void {
    const kind = first & 0xf0
    if (kind === status.noteOn && third > 0) this.press(second, third)
    else if (kind === status.noteOn || kind === status.noteOff) this.release((key) => key.note === second)
    else if (kind === status.control) this.control(second, third)
    else if (kind === status.pitchBend) this.bend = bendOf(second, third)
  }

  private press(note: number, velocity: number): void {
    this.keys = this.keys.filter((key) => key.note !== note)
    this.keys.push({ id: ++this.presses, note, velocity, isDown: true })
  }

  private release(isMeant: (key: Key) => boolean): void {
    for (const key of this.keys) if (isMeant(key)) key.isDown = false
    if (!this.pedal) this.keys = this.keys.filter(({ isDown }) => isDown)
  }

  private control(number: number, value: number): void {
    if (number === controller.sustain) this.setPedal(value >= 64)
    else if (number === controller.allSoundOff) this.keys = []
    else if (number === controller.resetAll) {
      this.bend = 0
      this.setPedal(false)
    } else if (number >= controller.allNotesOff) this.release(() => true)
  }

  private setPedal(isDown: boolean): void {
    this.pedal = isDown
    this.release(() => false)
  }
}

/** The middle is 8,192 of 16,383: the way up is a step shorter. */
function bendOf(low: number, high: number): number {
  const value = (high << 7) + low - 8192
  return value < 0 ? value / 8192 : value / 8191
}
