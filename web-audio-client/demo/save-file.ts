import { encodeSamples, headerFormat, wavHeader } from '../../src/audio/wav-encoding.js'

/** Lets the browser save it. */
export function saveFile(name: string, type: string, content: string | Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([content], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Once the browser has taken it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** What a note is as a name of a file. */
export function fileName(note: string): string {
  const plain = note.replaceAll(/[^\p{L}\p{N}]+/gu, '-').replaceAll(/^-|-$/g, '')
  return plain.slice(0, 60).toLowerCase() || 'recording'
}

/** A mono WAV file of 16 bits: what came as such is saved bit by bit. */
export function wavFile(samples: Float32Array, sampleRate: number): Uint8Array<ArrayBuffer> {
  const { bytes } = encodeSamples([samples], 'int16', 'samples')
  const header = wavHeader(headerFormat(sampleRate, 1, 'int16'), bytes.length)
  const file = new Uint8Array(header.length + bytes.length)
  file.set(header)
  file.set(bytes, header.length)
  return file
}
