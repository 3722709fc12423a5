import { type AudioSource, decodedSource, openAudioSource } from '../../audio/files/audio-source.js'
import { assertUsual } from '../../audio/limits.js'
import { invalidAudio, ioError } from '../../errors.js'
import type { ByteInput } from '../../io/byte-file.js'
import type { Recording } from '../messages.js'

/** How errors and answers name a recording. */
export function nameOf(recording: Recording): string {
  return recording instanceof File ? recording.name : 'recording'
}

/** @throws GlowcastError as `openAudioSource`; INVALID_AUDIO for what is no recording */
export async function recordingSource(recording: Recording, name: string): Promise<AudioSource> {
  if (recording instanceof Blob) return openAudioSource(blobInput(recording, name))
  const { sampleRate, channels } = recording
  const lengths = new Set(channels.map(({ length }) => length))
  if (lengths.size > 1) {
    throw invalidAudio(`${name}: channels`, `lengths of ${[...lengths].join(' and ')}`, 'one length')
  }
  assertUsual({ sampleRate, channels: channels.length }, name)
  return decodedSource(recording, name)
}

/** Read in parts: a long file is never in memory as a whole. */
function blobInput(blob: Blob, name: string): ByteInput {
  const read = async (offset: number, length: number) => {
    try {
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
    } catch (cause) {
      throw ioError(name, (cause as Error).message, 'a file that can be read', { cause })
    }
  }
  return { name, open: async () => ({ size: blob.size, read, close: async () => undefined }) }
}
