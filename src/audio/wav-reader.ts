import { type FileHandle, open } from 'node:fs/promises'
import { GlowcastError } from '../errors.js'
import { decodeSamples } from './wav-decoding.js'
import { readWavFormat, type WavFormat } from './wav-format.js'

/** A WAV file read piece by piece, so that its length costs no memory. */
export interface WavReader {
  /** Hz */
  readonly sampleRate: number
  readonly channels: number
  /** samples of each channel in the whole file */
  readonly samples: number
  /** The next samples of each channel, at most `maxSamples`; null at the end. */
  read(maxSamples: number): Promise<Float32Array[] | null>
  close(): Promise<void>
}

/** Bytes read at once, at most: bounds memory whatever the caller asks for. */
const MAX_READ_BYTES = 1 << 24

/**
 * Opens a WAV file of any format that `decodeWav` takes.
 *
 * @throws GlowcastError IO when it cannot be read, here and in `read`; INVALID_AUDIO and UNSUPPORTED_FORMAT
 *   as `decodeWav`
 */
export async function openWavReader(path: string): Promise<WavReader> {
  const file = await open(path, 'r').catch(unreadable(path))
  try {
    const { size } = await file.stat().catch(unreadable(path))
    const read = (offset: number, length: number) => readBytes(file, offset, length).catch(unreadable(path))
    return readerOf(file, await readWavFormat(read, size, path), read, path)
  } catch (error) {
    await file.close()
    throw error
  }
}

function readerOf(
  file: FileHandle,
  format: WavFormat,
  readAt: (offset: number, length: number) => Promise<Uint8Array>,
  path: string,
): WavReader {
  const { sampleRate, channels, blockSize, dataOffset, dataLength } = format
  const most = Math.max(1, Math.floor(MAX_READ_BYTES / blockSize))
  let position = 0
  return {
    sampleRate,
    channels,
    samples: dataLength / blockSize,
    async read(maxSamples) {
      if (!(maxSamples >= 1)) {
        throw new GlowcastError('INVALID_ARGUMENT', 'maxSamples', `${maxSamples}`, 'at least 1')
      }
      const wanted = Math.floor(Math.min(maxSamples, most)) * blockSize
      const length = Math.min(wanted, dataLength - position)
      if (length === 0) return null
      const bytes = await readAt(dataOffset + position, length)
      if (bytes.length < length) {
        throw new GlowcastError('IO', path, 'a file that shrank while it was read', 'a file at rest')
      }
      position += length
      return decodeSamples(bytes, format)
    },
    close: () => file.close(),
  }
}

/** A single read may give less than it was asked for though the file goes on. */
async function readBytes(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let held = 0
  while (held < length) {
    const { bytesRead } = await file.read(bytes, held, length - held, offset + held)
    if (bytesRead === 0) break
    held += bytesRead
  }
  return bytes.subarray(0, held)
}

function unreadable(path: string): (cause: Error) => never {
  return (cause) => {
    throw new GlowcastError('IO', path, cause.message, 'a file that can be read', { cause })
  }
}
