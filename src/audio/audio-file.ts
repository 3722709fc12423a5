import { readFile } from 'node:fs/promises'
import { GlowcastError } from '../errors.js'
import { requireFinite } from './finite.js'
import { decodeFlac } from './flac.js'
import { decodeLossy, lossyFormatOf } from './lossy-audio.js'
import { resample } from './resample.js'
import { type Audio, decodeWav } from './wav.js'

const READABLE = 'WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus'

/** How files of other formats start, so that the error can name them. */
const FOREIGN: readonly [start: RegExp, name: string][] = [
  [/^OggS/, 'Ogg'],
  [/^\xff[\xf0-\xf9]/, 'AAC'],
  [/^.{4}ftyp/s, 'MP4'],
  [/^FORM.{4}AIF/s, 'AIFF'],
  [/^caff/, 'CAF'],
  [/^.E\xdf\xa3/s, 'WebM'],
  [/^#!AMR/, 'AMR'],
  [/^(RF64|BW64|riff)/, '64-bit WAV'],
]

/**
 * Reads a WAV, FLAC, MP3, Ogg Vorbis or Ogg Opus file; its content, not its name, tells which.
 *
 * @throws GlowcastError IO when it cannot be read, else as `decodeAudio`
 */
export async function loadAudio(path: string): Promise<Audio> {
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new GlowcastError('IO', path, cause.message, 'a file that can be read', { cause })
  })
  return decodeAudio(bytes, path)
}

/**
 * Decodes the bytes of such a file.
 *
 * @param field how errors name it
 * @throws GlowcastError INVALID_AUDIO when it is empty or broken, UNSUPPORTED_FORMAT when it is none of these
 */
export async function decodeAudio(bytes: Uint8Array, field: string): Promise<Audio> {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  if (start === '') throw new GlowcastError('INVALID_AUDIO', field, 'an empty file', READABLE)
  if (start.startsWith('fLaC')) return decodeFlac(bytes, field)
  if (start.startsWith('RIFF')) return decodeWav(bytes, field)
  const lossy = lossyFormatOf(bytes)
  if (lossy !== undefined) return decodeLossy(bytes, lossy, field)
  const name = FOREIGN.find(([pattern]) => pattern.test(start))?.[1] ?? 'no audio format that is known here'
  throw new GlowcastError('UNSUPPORTED_FORMAT', field, name, READABLE)
}

/** Mean of the channels; the samples of a mono recording are not copied. */
export function toMono({ channels }: Audio): Float32Array {
  const [first] = channels
  if (channels.length === 1 && first !== undefined) return first
  return Float32Array.from(first ?? [], (_, i) => {
    let sum = 0
    for (const channel of channels) sum += channel[i]!
    return sum / channels.length
  })
}

/**
 * A file as one waveform: channels mixed, resampled to `sampleRate` Hz, at least one sample, all finite.
 *
 * @throws GlowcastError as `loadAudio`; INVALID_AUDIO when there are no samples, NON_FINITE
 */
export async function loadMono(path: string, sampleRate: number): Promise<Float32Array> {
  return monoOf(await loadAudio(path), sampleRate, path)
}

/** As `loadMono`, of audio that is there. @throws GlowcastError INVALID_AUDIO, NON_FINITE */
export function monoOf(audio: Audio, sampleRate: number, field: string): Float32Array {
  const mono = toMono(audio)
  requireFinite(mono, 0, field)
  const waveform = audio.sampleRate === sampleRate ? mono : resample(mono, audio.sampleRate, sampleRate)
  if (waveform.length === 0)
    throw new GlowcastError('INVALID_AUDIO', field, 'no samples', 'at least one sample')
  return waveform
}

/** Takes away the mean: a constant offset is no sound, but costs likelihood. */
export function removeDc(waveform: Float32Array): Float32Array {
  let sum = 0
  for (const sample of waveform) sum += sample
  const mean = sum / Math.max(1, waveform.length)
  return waveform.map((sample) => sample - mean)
}
