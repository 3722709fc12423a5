import { createKeyboard } from 'glowcast/wam'
import { button, element, say, saying } from './page.js'

/** Takes the bytes of a MIDI message. */
export type Play = (bytes: Iterable<number>) => void

let player: Play = () => undefined

/** Whoever sings the notes from now on. */
export function playNotesOn(play: Play): void {
  player = play
}

async function openMidi(): Promise<void> {
  // Absent from Safari and WebKitGTK, whatever the types say.
  const ask = navigator.requestMIDIAccess as Navigator['requestMIDIAccess'] | undefined
  if (ask === undefined) return say('midi', 'This browser has no Web MIDI: play on the screen.')
  const access = await ask.call(navigator)
  const listen = () => {
    for (const input of access.inputs.values()) {
      input.onmidimessage = ({ data }) => data !== null && player(data)
    }
    say('midi', access.inputs.size === 0 ? 'No MIDI keyboard is there yet.' : 'Play.')
  }
  access.onstatechange = listen
  listen()
}

/** The keyboard on the screen, and those at the computer. */
export function wireNotes(): void {
  element('keyboard', HTMLElement).append(createKeyboard((bytes) => player(bytes)))
  button('use-midi').addEventListener('click', () => saying('midi', openMidi))
}
