import { floatsToBytes, type PcmFormat, s16ToBytes, samplesToPcm } from '../../../src/protocol/messages.js'
import { kindOf, refuseArgument } from '../../connection/errors.js'

/** What the server takes for a float sample: far beyond full scale, and yet no mistake of units. */
const largestFloat = 16

/**
 * Samples as they are sent: floats in -1 to 1, or 16-bit integers.
 *
 * @throws GlowcastClientError invalid_argument
 */
export function recordingBytes(samples: Float32Array | Int16Array, format: PcmFormat): Uint8Array {
  if (samples instanceof Int16Array) {
    return format === 's16le' ? s16ToBytes(samples) : floatsToBytes(Float32Array.from(samples, toFloat))
  }
  if (!(samples instanceof Float32Array))
    refuseArgument('samples', kindOf(samples), 'a Float32Array or an Int16Array')
  const bad = samples.findIndex((value) => !(Math.abs(value) <= largestFloat))
  if (bad >= 0) {
    refuseArgument(
      'samples',
      `${samples[bad]} at index ${bad}`,
      `finite values of at most ${largestFloat} in size`,
    )
  }
  return samplesToPcm(samples, format)
}

function toFloat(value: number): number {
  return value / 32768
}
