import nodeWav from 'node-wav'
import { float16ToFloat32 } from '../../numeric/float16.js'
import { channelOf } from '../../numeric/stats.js'
import { wavHeader } from './encoding.js'
import type { SampleFormat } from './format.js'
import { decodeG711 } from './g711.js'

/** Chunk of 4 idle bytes, which puts the samples at a multiple of 8 bytes, as views of 64-bit floats need. */
const FILLER = Uint8Array.from([...'JUNK\x04\0\0\0\0\0\0\0'].map((letter) => letter.charCodeAt(0)))

const RIFF_HEAD = 12

/**
 * Interleaved samples -> channels, by node-wav. It gets a plain header and aligned samples, since it takes
 * neither WAVE_FORMAT_EXTENSIBLE, nor open sizes, nor samples at odd addresses.
 */
export function decodeSamples(data: Uint8Array, format: SampleFormat): Float32Array[] {
  const { encoding } = format
  if (encoding !== 'pcm' && encoding !== 'float') return decodeG711(data, encoding, format.channels)
  if (format.bitDepth === 16 && encoding === 'float') return decodeHalves(data, format.channels)
  const header = wavHeader({ ...format, encoding }, data.length)
  const length = header.length + FILLER.length + data.length
  const file = new Uint8Array(Math.ceil(length / 8) * 8)
  file.set(header.subarray(0, RIFF_HEAD))
  file.set(FILLER, RIFF_HEAD)
  file.set(header.subarray(RIFF_HEAD), RIFF_HEAD + FILLER.length)
  file.set(data, header.length + FILLER.length)
  const { channelData } = nodeWav.decode(file)
  if (encoding === 'pcm' && format.bitDepth < 32) {
    for (const channel of channelData) undoUnevenScale(channel, format.bitDepth)
  }
  return channelData
}

function decodeHalves(data: Uint8Array, channels: number): Float32Array[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const values = float16ToFloat32(
    Uint16Array.from({ length: data.length / 2 }, (_, i) => view.getUint16(2 * i, true)),
  )
  return Array.from({ length: channels }, (_, channel) => channelOf(values, channel, channels))
}

/**
 * node-wav divides positive samples by 2^(bits-1) - 1 but negative ones by 2^(bits-1), which distorts, and
 * takes the most negative 24-bit sample for a positive one. At 32 bits neither shows in a float.
 */
function undoUnevenScale(channel: Float32Array, bitDepth: number): void {
  const full = 2 ** (bitDepth - 1)
  for (let i = 0; i < channel.length; i++) {
    const sample = channel[i]!
    if (sample <= 0) continue
    const integer = Math.round(sample * (full - 1))
    channel[i] = integer === full ? -1 : integer / full
  }
}
