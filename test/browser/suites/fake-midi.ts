declare global {
  interface Window {
    /** Presses a key of the MIDI keyboard. */
    pressKey(bytes: readonly number[]): void
  }
}

/** Called in the page before its scripts: one MIDI keyboard, as headless browsers give access to none. */
export function fakeMidi(): void {
  const input = { onmidimessage: null as ((event: { data: Uint8Array }) => void) | null }
  const access = { inputs: new Map([['one', input]]), onstatechange: null }
  navigator.requestMIDIAccess = async () => access as unknown as MIDIAccess
  window.pressKey = (bytes) => input.onmidimessage!({ data: Uint8Array.from(bytes) })
}
