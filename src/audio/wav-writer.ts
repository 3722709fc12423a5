import { type FileHandle, open } from 'node:fs/promises'
import { GlowcastError } from '../errors.js'
import { encodeSamples, headerFormat, type WavEncoding, wavHeader } from './wav-encoding.js'
import { OPEN_SIZE } from './wav-format.js'

/** A mono WAV file written piece by piece, so that its length costs no memory. */
export interface WavWriter {
  /** Appends samples; wait for its end before the next call. */
  write(waveform: Float32Array): Promise<void>
  /**
   * Fills in the sizes and closes the file; tells how many samples were clipped to full scale, which float32
   * never needs. A file that is never closed can be read up to where it was written.
   */
  close(): Promise<{ clipped: number }>
}

/**
 * Creates or replaces a mono WAV file.
 *
 * @param sampleRate Hz
 * @throws GlowcastError IO when it cannot be written, here and later; from `write` also NON_FINITE, and
 *   INVALID_AUDIO when the file would grow beyond the 4 GiB that WAV can tell of
 */
export async function openWavWriter(
  path: string,
  sampleRate: number,
  encoding: WavEncoding = 'int16',
): Promise<WavWriter> {
  const format = headerFormat(sampleRate, 1, encoding)
  const file = await open(path, 'w').catch(unwritable(path))
  const put = (bytes: Uint8Array, offset: number) => writeBytes(file, bytes, offset).catch(unwritable(path))
  const placeholder = wavHeader(format, OPEN_SIZE)
  let end = placeholder.length
  let clipped = 0
  try {
    await put(placeholder, 0)
  } catch (error) {
    await file.close()
    throw error
  }
  return {
    async write(waveform) {
      const encoded = encodeSamples([waveform], encoding, path)
      if (end + encoded.bytes.length >= OPEN_SIZE) {
        throw new GlowcastError('INVALID_AUDIO', path, 'samples beyond 4 GiB', 'what a WAV file can hold')
      }
      await put(encoded.bytes, end)
      end += encoded.bytes.length
      clipped += encoded.clipped
    },
    async close() {
      try {
        const dataLength = end - placeholder.length
        if (dataLength % 2 === 1) await put(new Uint8Array(1), end)
        await put(wavHeader(format, dataLength), 0)
      } finally {
        await file.close()
      }
      return { clipped }
    },
  }
}

/** A single write may take less than it was given. */
async function writeBytes(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, offset + written)
    written += bytesWritten
  }
}

function unwritable(path: string): (cause: Error) => never {
  return (cause) => {
    throw new GlowcastError('IO', path, cause.message, 'a file that can be written', { cause })
  }
}
