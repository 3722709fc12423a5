import { readFile } from 'node:fs/promises'
import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { GlowcastError } from '../errors.js'
import { resample } from './resample.js'
import { type Audio, decodeWav } from './wav.js'

/** What other formats' first bytes look like, so that the error can name them. */
const foreignMagic: readonly [magic: string, name: string][] = [
  ['OggS', 'Ogg'],
  ['ID3', 'MP3'],
  ['\xff\xfb', 'MP3'],
  ['FORM', 'AIFF'],
  ['caff', 'CAF'],
  ['\x1aE\xdf\xa3', 'WebM'],
]

/**
 * Reads a WAV or FLAC file; the format is told by its content.
 *
 * @throws GlowcastError IO, INVALID_AUDIO for a broken file, UNSUPPORTED_FORMAT for another format
 */
export async function loadAudio(path: string): Promise<Audio> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw new GlowcastError('IO', path, error.message, 'a file that can be read', { cause: error })
  })
  const start = bytes.subarray(0, 8).toString('latin1')
  if (start.startsWith('fLaC')) return decodeFlac(bytes, path)
  const foreign =
    start.slice(4) === 'ftyp' ? 'MP4' : foreignMagic.find(([magic]) => start.startsWith(magic))?.[1]
  if (foreign !== undefined) throw new GlowcastError('UNSUPPORTED_FORMAT', path, foreign, 'WAV or FLAC')
  return decodeWav(bytes, path)
}

async function decodeFlac(bytes: Uint8Array, path: string): Promise<Audio> {
  const decoder = new FLACDecoder()
  await decoder.ready
  try {
    const { channelData, sampleRate, errors } = await decoder.decodeFile(bytes)
    if (channelData.length === 0 || errors.length > 0) {
      const got = errors[0]?.message ?? 'no samples'
      throw new GlowcastError('INVALID_AUDIO', path, got, 'a whole FLAC file')
    }
    return { sampleRate, channels: channelData }
  } finally {
    decoder.free()
  }
}

/** Mean of the channels. */
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
 * A file as one waveform at that rate: channels mixed, resampled.
 *
 * @throws GlowcastError as `loadAudio`; INVALID_AUDIO when there are no samples, NON_FINITE
 */
export async function loadMono(path: string, sampleRate: number): Promise<Float32Array> {
  const audio = await loadAudio(path)
  const mono = toMono(audio)
  if (mono.length === 0) throw new GlowcastError('INVALID_AUDIO', path, 'no samples', 'at least one')
  const bad = mono.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0)
    throw new GlowcastError('NON_FINITE', `${path}, sample ${bad}`, `${mono[bad]}`, 'a finite number')
  return audio.sampleRate === sampleRate ? mono : resample(mono, audio.sampleRate, sampleRate)
}

/** Takes away the mean: a constant offset is no sound, but costs likelihood. */
export function removeDc(waveform: Float32Array): Float32Array {
  let sum = 0
  for (const value of waveform) sum += value
  const mean = sum / Math.max(1, waveform.length)
  return waveform.map((value) => value - mean)
}
