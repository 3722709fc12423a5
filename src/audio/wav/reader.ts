import { invalidArgument, ioError } from '../../errors.js'
import type { ByteFile, ByteInput } from '../../io/byte-file.js'
import { fileInput } from '../../io/file-input.js'
import { readWavFormat } from './chunk-walk.js'
import { decodeSamples } from './decoding.js'
import type { WavFormat } from './format.js'

/** A WAV file read piece by piece, so that its length costs no memory. */
export interface WavReader {
  /** Hz */
  readonly sampleRate: number
  readonly channels: number
  /** samples of each channel in the whole file */
  readonly samples: number
  /** samples of each channel that the header tells of, where the file ends before them */
  readonly declaredSamples?: number
  /** bytes behind the samples that are neither chunks nor tags, and are not read */
  readonly unreadBytes?: number
  /** The next samples of each channel, at most `maxSamples`; null at the end. */
  read(maxSamples: number): Promise<Float32Array[] | null>
  close(): Promise<void>
}

/** Bytes read at once, at most: bounds memory whatever the caller asks for. */
const maxReadBytes = 1 << 24

/**
 * Opens a WAV file of any format that `decodeWav` takes.
 *
 * @throws GlowcastError IO when it cannot be read, here and in `read`; INVALID_AUDIO and UNSUPPORTED_FORMAT
 *   as `decodeWav`
 */
export async function openWavReader(path: string | ByteInput): Promise<WavReader> {
  const input = typeof path === 'string' ? fileInput(path) : path
  const file = await input.open()
  try {
    const format = await readWavFormat((offset, length) => file.read(offset, length), file.size, input.name)
    return readerOf(file, format, input.name)
  } catch (error) {
    await file.close()
    throw error
  }
}

function readerOf(file: ByteFile, format: WavFormat, name: string): WavReader {
  const { sampleRate, channels, blockSize, parts, dataLength, declaredLength, unreadBytes } = format
  const most = Math.max(1, Math.floor(maxReadBytes / blockSize))
  let part = 0
  /** Within the part, bytes. */
  let position = 0
  return {
    sampleRate,
    channels,
    samples: dataLength / blockSize,
    ...(declaredLength === undefined ? {} : { declaredSamples: Math.floor(declaredLength / blockSize) }),
    ...(unreadBytes === undefined ? {} : { unreadBytes }),
    async read(maxSamples) {
      if (!(maxSamples >= 1)) {
        throw invalidArgument('maxSamples', `${maxSamples}`, 'at least 1')
      }
      const wanted = Math.floor(Math.min(maxSamples, most)) * blockSize
      while (part < parts.length && position === parts[part]!.length) {
        part += 1
        position = 0
      }
      if (part === parts.length) return null
      const length = Math.min(wanted, parts[part]!.length - position)
      const bytes = await file.read(parts[part]!.offset + position, length)
      if (bytes.length < length) {
        throw ioError(name, 'a file that shrank while it was read', 'a file at rest')
      }
      position += length
      return decodeSamples(bytes, format)
    },
    close: () => file.close(),
  }
}
