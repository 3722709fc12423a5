import { GlowcastError, invalidAudio } from '../../errors.js'
import type { ByteFile } from '../../io/byte-file.js'
import { plural } from '../../plural.js'
import { assertAudioSamples } from '../buffers/finite.js'
import { type AudioLimit, assertUsual, assertWithin } from '../limits.js'
import type { Audio } from '../wav/wav.js'
import type { CompressedFormat } from './audio-format.js'
import { openFlacDecoder, STREAM_INFO_END } from './flac.js'
import { flacEnd } from './flac-end.js'
import { openLossyDecoder } from './lossy-audio.js'
import { mp3Declared } from './mpeg-frames.js'
import { OggDecoder } from './ogg-decoder.js'
import type { DecodedPiece, PieceDecoder } from './piece-decoder.js'

/**
 * Bytes that are decoded at once. Few: a frame of FLAC may hold 8 times 65,535 samples of digital silence in 34
 * bytes, so that even these may become 16 million samples.
 */
const PIECE_BYTES = 1024

/** The first frame of an MP3 file, which tells of all, and what it may be wrong by: a frame. */
const MP3_HEAD_BYTES = 2048
const MP3_SLACK_BYTES = 1441

/** What is known of a file once it was decoded to its end. */
export interface FileEnding {
  /** Samples of each channel that the file's header tells of, where the file ends before them. */
  readonly declaredSamples?: number
  /** The file ends within its sound, and no header tells how much is missing. */
  readonly isCut?: boolean
  /** Its encoder left out some of the sound. */
  readonly isLossy?: boolean
}

/** Bytes read at once. */
const READ_BYTES = 1 << 16

/**
 * Decodes a compressed file piece by piece, in memory that its length does not change. An encoder's delay stays where
 * the format does not tell of it (MP3).
 *
 * @param field how errors name it
 * @param onRead told the share of the bytes that was read
 * @param onEnd told behind the last piece
 * @throws GlowcastError INVALID_AUDIO when it is broken or lacks samples that its header tells of; INVALID_ARGUMENT
 *   beyond the limit; IO
 */
export async function* decodedPieces(
  file: ByteFile,
  format: CompressedFormat,
  field: string,
  limit?: AudioLimit,
  onRead: (share: number) => void = () => undefined,
  onEnd: (ending: FileEnding) => void = () => undefined,
): AsyncGenerator<Audio> {
  const decoder = await openDecoder(file, format, field, limit)
  const size = format === 'FLAC' ? await flacEnd(file) : file.size
  const broken = (got: string, options?: ErrorOptions) =>
    invalidAudio(field, got, `a whole ${format} file`, options)
  let shape: { sampleRate: number; channels: number } | undefined
  let samples = 0
  const checked = ({ channelData, sampleRate, errors }: DecodedPiece): Audio | undefined => {
    if (errors.length > 0) throw broken(errors[0]!.message)
    const count = channelData[0]?.length ?? 0
    if (count === 0) return undefined
    if (shape === undefined) {
      shape = { sampleRate, channels: channelData.length }
      assertUsual(shape, field)
    }
    if (sampleRate !== shape.sampleRate || channelData.length !== shape.channels) {
      const got = `${plural(channelData.length, 'channel')} at ${sampleRate} Hz after ${shape.channels} at ${shape.sampleRate}`
      throw invalidAudio(field, got, `one rate and number of channels in all of the ${format} file`)
    }
    assertAudioSamples(channelData, samples, field)
    samples += count
    assertWithin(limit, samples, shape, field)
    return { sampleRate, channels: channelData }
  }
  try {
    for (let offset = 0; offset < size; offset += READ_BYTES) {
      const bytes = await file.read(offset, Math.min(READ_BYTES, size - offset))
      for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
        for (const decoded of await decoder.decode(bytes.subarray(from, from + PIECE_BYTES))) {
          const piece = checked(decoded)
          if (piece !== undefined) yield piece
        }
      }
      onRead(Math.min(1, (offset + READ_BYTES) / size))
    }
    for (const decoded of await decoder.end()) {
      const piece = checked(decoded)
      if (piece !== undefined) yield piece
    }
  } catch (cause) {
    if (cause instanceof GlowcastError) throw cause
    throw broken(`data that breaks the decoder (${(cause as Error).message})`, { cause })
  } finally {
    decoder.free()
  }
  if (samples === 0) throw broken('no samples that can be read')
  const declared = format === 'MP3' ? mp3Declared(await file.read(0, MP3_HEAD_BYTES)) : undefined
  const loss = decoder.isLossy === true ? { isLossy: true } : {}
  if (declared !== undefined && declared.bytes > size + MP3_SLACK_BYTES)
    onEnd({ declaredSamples: declared.samples, ...loss })
  else if (decoder.isCut === true) onEnd({ isCut: true, ...loss })
  else onEnd(loss)
}

async function openDecoder(
  file: ByteFile,
  format: CompressedFormat,
  field: string,
  limit: AudioLimit | undefined,
): Promise<PieceDecoder> {
  if (format === 'FLAC') return openFlacDecoder(await file.read(0, STREAM_INFO_END), field, limit)
  return format === 'Ogg' ? new OggDecoder(field) : openLossyDecoder(format)
}
