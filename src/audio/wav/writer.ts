import type { Writable } from 'node:stream'
import { invalidAudio } from '../../errors.js'
import { openOutput } from '../../io/output.js'
import { encodeSamples, headerFormat, type WavEncoding, wavHeader } from './encoding.js'
import { OPEN_SIZE } from './format.js'

/** A mono WAV file written piece by piece, so that its length costs no memory. */
export interface WavWriter {
  /** Appends samples; wait for its end before the next call. */
  write(waveform: Float32Array): Promise<void>
  /**
   * Fills in the sizes and gives the file its name; tells how many samples were clipped to full scale, which float32
   * never needs. In a pipe the sizes stay open.
   */
  close(): Promise<{ clipped: number }>
  /** Leaves no file, and an earlier one as it was. After `close` it does nothing. */
  discard(): Promise<void>
}

/**
 * Creates or replaces a mono WAV file, which has its name once it is closed; see `openOutput`.
 *
 * @param sampleRate Hz
 * @throws GlowcastError IO when it cannot be written, here and later; from `write` also NON_FINITE, and
 *   INVALID_AUDIO when the file would grow beyond the 4 GiB that WAV can tell of
 */
export async function openWavWriter(
  path: string,
  sampleRate: number,
  encoding: WavEncoding = 'int16',
  stdout?: Writable,
): Promise<WavWriter> {
  const format = headerFormat(sampleRate, 1, encoding)
  const placeholder = wavHeader(format, OPEN_SIZE)
  const output = await openOutput(path, stdout)
  let end = placeholder.length
  let clipped = 0
  let isClosed = false
  try {
    await output.write(placeholder)
  } catch (error) {
    await output.discard()
    throw error
  }
  return {
    async write(waveform) {
      const encoded = encodeSamples([waveform], encoding, path)
      if (output.rewrite !== undefined && end + encoded.bytes.length >= OPEN_SIZE) {
        throw invalidAudio(path, 'samples beyond 4 GiB', 'what a WAV file can hold')
      }
      await output.write(encoded.bytes)
      end += encoded.bytes.length
      clipped += encoded.clipped
    },
    async close() {
      const dataLength = end - placeholder.length
      // A reader of open sizes would take the idle byte for a sample.
      if (output.rewrite !== undefined) {
        if (dataLength % 2 === 1) await output.write(new Uint8Array(1))
        await output.rewrite(wavHeader(format, dataLength), 0)
      }
      await output.commit()
      isClosed = true
      return { clipped }
    },
    async discard() {
      if (!isClosed) await output.discard()
      isClosed = true
    },
  }
}
