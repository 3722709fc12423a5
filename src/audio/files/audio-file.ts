import { invalidAudio } from '../../errors.js'
import { memoryInput } from '../../io/byte-file.js'
import { openByteFile } from '../../io/file-input.js'
import { concatFloats } from '../../numeric/concat-floats.js'
import { assertAudioSamples } from '../buffers/finite.js'
import { Resampler } from '../resample.js'
import { type Audio, decodeWav } from '../wav/wav.js'
import { recognise } from './audio-format.js'
import { type AudioSource, openAudioSource } from './audio-source.js'
import { joinChannels, toMono } from './channels.js'
import { decodedPieces } from './compressed-audio.js'
import { type FileWarning, withFileWarnings } from './file-warnings.js'

/**
 * Reads a WAV, FLAC, MP3 or Ogg file (Vorbis, Opus, FLAC); its content, not its name, tells which.
 *
 * @throws GlowcastError IO when it cannot be read, else as `decodeAudio`
 */
export async function loadAudio(path: string): Promise<Audio> {
  const file = await openByteFile(path)
  try {
    return await decodeAudio(await file.read(0, file.size), path)
  } finally {
    await file.close()
  }
}

/**
 * Decodes the bytes of such a file.
 *
 * @param field how errors name it
 * @throws GlowcastError INVALID_AUDIO when it is empty, broken or on an integer scale, UNSUPPORTED_FORMAT when it is none of these
 */
export async function decodeAudio(bytes: Uint8Array, field: string): Promise<Audio> {
  const { format, input } = await recognise(memoryInput(bytes, field))
  const file = await input.open()
  if (format === 'WAV') {
    const audio = decodeWav(await file.read(0, file.size), field)
    assertAudioSamples(audio.channels, 0, field)
    return audio
  }
  const pieces: Audio[] = []
  for await (const piece of decodedPieces(file, format, field)) pieces.push(piece)
  return { sampleRate: pieces[0]!.sampleRate, channels: joinChannels(pieces.map(({ channels }) => channels)) }
}

/**
 * A file as one waveform: channels mixed, resampled to `sampleRate` Hz, at least one sample, all finite.
 *
 * @param warn told what is wrong with the file, such as its being cut
 * @throws GlowcastError as `loadAudio`; INVALID_AUDIO when there are no samples or one beyond `largestSample`, NON_FINITE
 */
export async function loadMono(
  path: string,
  sampleRate: number,
  warn?: (warning: FileWarning) => void,
): Promise<Float32Array> {
  const source = await openAudioSource(path)
  return readMono(warn === undefined ? source : withFileWarnings(source, warn), sampleRate, path)
}

/** As `loadMono`, of a source that is open. @param field how errors name it @throws GlowcastError as reading it does */
export async function readMono(
  source: AudioSource,
  sampleRate: number,
  field: string,
): Promise<Float32Array> {
  const resampler = new Resampler(source.sampleRate, sampleRate)
  const parts: Float32Array[] = []
  for await (const channels of source.blocks()) {
    const mono = toMono({ channels })
    parts.push(resampler.push(mono))
  }
  const waveform = concatFloats([...parts, resampler.flush()])
  if (waveform.length === 0) throw invalidAudio(field, 'no samples', 'at least one sample')
  return waveform
}

/** Takes away the mean: a constant offset is no sound, but costs likelihood. */
export function removeDc(waveform: Float32Array): Float32Array {
  let sum = 0
  for (const sample of waveform) sum += sample
  const mean = sum / Math.max(1, waveform.length)
  return waveform.map((sample) => sample - mean)
}
