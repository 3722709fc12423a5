import { open } from 'node:fs/promises'
import { GlowcastError } from '../errors.js'
import { loadAudio } from './audio-file.js'
import type { Audio } from './wav.js'
import { openWavReader } from './wav-reader.js'

/** A recording that can be read in blocks, more than once. */
export interface AudioSource {
  /** Hz */
  readonly sampleRate: number
  readonly channels: number
  /** Samples of each channel. */
  readonly samples: number
  /** One array a channel; about a second each. Each call starts at the first sample. */
  blocks(): AsyncGenerator<Float32Array[]>
}

/**
 * Opens any file that `loadAudio` takes. WAV files are read block by block, in bounded memory; the other formats are
 * decoded whole.
 *
 * @throws GlowcastError as `loadAudio`
 */
export async function openAudioSource(path: string): Promise<AudioSource> {
  return (await startsWith(path, 'RIFF')) ? wavSource(path) : decodedSource(await loadAudio(path))
}

async function wavSource(path: string): Promise<AudioSource> {
  const reader = await openWavReader(path)
  await reader.close()
  const { sampleRate, channels, samples } = reader
  return {
    sampleRate,
    channels,
    samples,
    async *blocks() {
      const again = await openWavReader(path)
      try {
        for (;;) {
          const block = await again.read(sampleRate)
          if (block === null) return
          yield block
        }
      } finally {
        await again.close()
      }
    },
  }
}

/** A recording that is decoded. */
export function decodedSource({ sampleRate, channels }: Audio): AudioSource {
  const samples = channels[0]?.length ?? 0
  return {
    sampleRate,
    channels: channels.length,
    samples,
    async *blocks() {
      for (let from = 0; from < samples; from += sampleRate) {
        yield channels.map((channel) => channel.subarray(from, from + sampleRate))
      }
    },
  }
}

async function startsWith(path: string, magic: string): Promise<boolean> {
  const file = await open(path, 'r').catch((error: Error) => {
    throw new GlowcastError('IO', path, error.message, 'a file that can be read', { cause: error })
  })
  try {
    const start = Buffer.alloc(magic.length)
    await file.read(start, 0, start.length, 0)
    return start.toString('latin1') === magic
  } finally {
    await file.close()
  }
}
