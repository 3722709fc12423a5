import { assertFinite } from '../buffers/finite.js'
import { OPEN_SIZE, type WavFormat } from './format.js'

export type WavEncoding = 'int16' | 'int24' | 'float32'

const BYTES_PER_SAMPLE = { int16: 2, int24: 3, float32: 4 } as const satisfies Record<WavEncoding, number>

type HeaderFormat = Pick<WavFormat, 'sampleRate' | 'channels' | 'bitDepth'> & {
  readonly encoding: 'pcm' | 'float'
}

/** What the header says of samples encoded so. */
export function headerFormat(sampleRate: number, channels: number, encoding: WavEncoding): HeaderFormat {
  const bitDepth = 8 * BYTES_PER_SAMPLE[encoding]
  return { sampleRate, channels, bitDepth, encoding: encoding === 'float32' ? 'float' : 'pcm' }
}

/** The 44 bytes before the samples; `dataLength` in bytes, OPEN_SIZE where it is not known yet. */
export function wavHeader(format: HeaderFormat, dataLength: number): Uint8Array {
  const blockSize = (format.channels * format.bitDepth) / 8
  const padded = dataLength + (dataLength % 2)
  const header = new DataView(new ArrayBuffer(44))
  writeText(header, 0, 'RIFF')
  header.setUint32(4, Math.min(OPEN_SIZE, 36 + padded), true)
  writeText(header, 8, 'WAVEfmt ')
  header.setUint32(16, 16, true)
  header.setUint16(20, format.encoding === 'pcm' ? 1 : 3, true)
  header.setUint16(22, format.channels, true)
  header.setUint32(24, format.sampleRate, true)
  header.setUint32(28, format.sampleRate * blockSize, true)
  header.setUint16(32, blockSize, true)
  header.setUint16(34, format.bitDepth, true)
  writeText(header, 36, 'data')
  header.setUint32(40, dataLength, true)
  return new Uint8Array(header.buffer)
}

/**
 * Channels -> interleaved bytes, and how many samples were clipped to full scale.
 *
 * @throws GlowcastError NON_FINITE
 */
export function encodeSamples(
  channels: readonly Float32Array[],
  encoding: WavEncoding,
  field: string,
): { bytes: Uint8Array; clipped: number } {
  for (const channel of channels) assertFinite(channel, 0, field)
  const samples = channels[0]?.length ?? 0
  const width = BYTES_PER_SAMPLE[encoding]
  const bytes = new DataView(new ArrayBuffer(samples * channels.length * width))
  const stride = channels.length * width
  let clipped = 0
  channels.forEach((channel, index) => {
    const first = index * width
    if (encoding === 'float32') {
      for (let i = 0; i < samples; i++) bytes.setFloat32(first + i * stride, channel[i]!, true)
    } else clipped += encodeIntegers(channel, bytes, { first, stride, width })
  })
  return { bytes: new Uint8Array(bytes.buffer), clipped }
}

/** Writes integers of 2 or 3 bytes; how many were clipped. */
function encodeIntegers(
  samples: Float32Array,
  bytes: DataView,
  { first, stride, width }: { first: number; stride: number; width: number },
): number {
  const full = 2 ** (8 * width - 1)
  let clipped = 0
  let at = first
  for (let i = 0; i < samples.length; i++) {
    const scaled = Math.round(samples[i]! * full)
    const integer = Math.max(-full, Math.min(full - 1, scaled))
    if (integer !== scaled) clipped++
    // Takes the lower 16 bits, whichever the width.
    bytes.setInt16(at, integer, true)
    if (width === 3) bytes.setInt8(at + 2, integer >> 16)
    at += stride
  }
  return clipped
}

function writeText(target: DataView, offset: number, text: string): void {
  for (let i = 0; i < text.length; i++) target.setUint8(offset + i, text.charCodeAt(i))
}
