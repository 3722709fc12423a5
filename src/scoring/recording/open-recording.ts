import { openAudioSource } from '../../audio/files/audio-source.js'
import { readRecording, type ScoredRecording } from './recording.js'
import { recordingHash } from './recording-hash.js'

/**
 * A file as `readRecording` reads it.
 *
 * @param onRead told the share of the first reading that is done
 * @throws GlowcastError IO, INVALID_AUDIO, UNSUPPORTED_FORMAT, NON_FINITE
 */
export async function openRecording(
  path: string,
  onRead: (share: number) => void = () => undefined,
): Promise<ScoredRecording> {
  let opening = 0
  const source = await openAudioSource(path, {
    onRead: (share) => {
      // A compressed file is read for its length first, which takes as long.
      opening = 0.5
      onRead(opening * share)
    },
  })
  const recording = await readRecording(source, path, (share) => onRead(opening + (1 - opening) * share))
  return { ...recording, hash: () => recordingHash(path) }
}
