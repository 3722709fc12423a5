import type { ByteInput } from '../../io/byte-file.js'
import { fileInput } from '../../io/file-input.js'
import { assertAudioSamples } from '../buffers/finite.js'
import { type AudioLimit, assertWithin } from '../limits.js'
import { openWavReader } from '../wav/reader.js'
import type { Audio } from '../wav/wav.js'
import { type CompressedFormat, recognise } from './audio-format.js'
import { joinChannels } from './channels.js'
import { decodedPieces, type FileEnding } from './compressed-audio.js'

/** A recording that can be read in blocks, more than once. */
export interface AudioSource extends FileEnding {
  /** Hz */
  readonly sampleRate: number
  readonly channels: number
  /** Samples of each channel. */
  readonly samples: number
  /** Bytes behind the samples that are not read: no chunks, no tags. */
  readonly unreadBytes?: number
  /**
   * One array a channel; about a second each. Each call starts at the first sample.
   *
   * @throws GlowcastError NON_FINITE, INVALID_AUDIO for samples on another scale; IO
   */
  blocks(): AsyncGenerator<Float32Array[]>
}

export interface AudioSourceOptions {
  /** Of what is decoded; what is beyond is refused before it is in memory. */
  readonly limit?: AudioLimit
  /** Told the share of the file that was read, where that takes long. */
  readonly onRead?: (share: number) => void
}

/** Samples of all channels that are kept of a compressed recording; a longer one is decoded anew when it is read. */
const KEPT_SAMPLES = 1 << 23

/**
 * Opens a WAV, FLAC, MP3 or Ogg file (Vorbis, Opus, FLAC), to be read block by block in bounded memory; its content, not
 * its name, tells which. A compressed file is decoded once to learn its length.
 *
 * @param file path, or bytes with a name
 * @throws GlowcastError IO, INVALID_AUDIO, UNSUPPORTED_FORMAT; INVALID_ARGUMENT beyond the limit; all of them also while
 *   blocks are read
 */
export async function openAudioSource(
  file: string | ByteInput,
  options: AudioSourceOptions = {},
): Promise<AudioSource> {
  const input = typeof file === 'string' ? fileInput(file) : file
  const { format, input: audio } = await recognise(input)
  return format === 'WAV' ? wavSource(audio, options) : compressedSource(audio, format, options)
}

async function wavSource(input: ByteInput, { limit }: AudioSourceOptions): Promise<AudioSource> {
  const reader = await openWavReader(input)
  await reader.close()
  const { sampleRate, channels, samples, declaredSamples, unreadBytes } = reader
  assertWithin(limit, samples, reader, input.name)
  return {
    sampleRate,
    channels,
    samples,
    ...(declaredSamples === undefined ? {} : { declaredSamples }),
    ...(unreadBytes === undefined ? {} : { unreadBytes }),
    async *blocks() {
      const again = await openWavReader(input)
      let position = 0
      try {
        for (;;) {
          const block = await again.read(sampleRate)
          if (block === null) return
          assertAudioSamples(block, position, input.name)
          position += block[0]!.length
          yield block
        }
      } finally {
        await again.close()
      }
    },
  }
}

async function compressedSource(
  input: ByteInput,
  format: CompressedFormat,
  { limit, onRead }: AudioSourceOptions,
): Promise<AudioSource> {
  let kept: Audio[] | undefined = []
  let shape = { sampleRate: 0, channels: 0 }
  let samples = 0
  let ending: FileEnding = {}
  const onEnd = (found: FileEnding) => {
    ending = found
  }
  for await (const block of decodedBlocks(input, format, limit, onRead, onEnd)) {
    shape = { sampleRate: block.sampleRate, channels: block.channels.length }
    samples += block.channels[0]!.length
    if (samples * shape.channels > KEPT_SAMPLES) kept = undefined
    kept?.push(block)
  }
  const again = kept ?? { [Symbol.asyncIterator]: () => decodedBlocks(input, format, limit) }
  return {
    ...shape,
    samples,
    ...ending,
    async *blocks() {
      for await (const { channels } of again) yield channels
    },
  }
}

/** Decoders give pieces of any length. */
async function* decodedBlocks(
  input: ByteInput,
  format: CompressedFormat,
  limit: AudioLimit | undefined,
  onRead?: (share: number) => void,
  onEnd?: (ending: FileEnding) => void,
): AsyncGenerator<Audio> {
  const file = await input.open()
  try {
    let pieces: Float32Array[][] = []
    let held = 0
    let sampleRate = 0
    for await (const piece of decodedPieces(file, format, input.name, limit, onRead, onEnd)) {
      sampleRate = piece.sampleRate
      pieces.push(piece.channels)
      held += piece.channels[0]!.length
      if (held < sampleRate) continue
      yield { sampleRate, channels: joinChannels(pieces) }
      pieces = []
      held = 0
    }
    if (held > 0) yield { sampleRate, channels: joinChannels(pieces) }
  } finally {
    await file.close()
  }
}

/** A recording that is in memory. @param name how errors of its samples name it */
export function decodedSource({ sampleRate, channels }: Audio, name = 'waveform'): AudioSource {
  const samples = channels[0]?.length ?? 0
  return {
    sampleRate,
    channels: channels.length,
    samples,
    async *blocks() {
      for (let from = 0; from < samples; from += sampleRate) {
        const block = channels.map((channel) => channel.subarray(from, from + sampleRate))
        assertAudioSamples(block, from, name)
        yield block
      }
    },
  }
}
