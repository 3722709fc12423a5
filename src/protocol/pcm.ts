export const pcmFormats = ['s16le', 'f32le'] as const
export type PcmFormat = (typeof pcmFormats)[number]

export const sampleBytes: Readonly<Record<PcmFormat, number>> = { s16le: 2, f32le: 4 }

export function samplesToPcm(samples: Float32Array, format: PcmFormat): Uint8Array {
  return format === 's16le' ? samplesToS16(samples) : floatsToBytes(samples)
}

/** Undoes `samplesToPcm`; bytes beyond the last whole sample are left out. */
export function pcmToSamples(bytes: Uint8Array, format: PcmFormat): Float32Array {
  return format === 's16le' ? s16ToSamples(bytes) : bytesToFloats(bytes)
}

/** Float32 values as little-endian bytes, whatever the machine's order. */
export function floatsToBytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true)
  return bytes
}

/** Undoes `floatsToBytes`; bytes beyond the last whole value are left out. */
export function bytesToFloats(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Float32Array(Math.floor(bytes.length / 4))
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(4 * i, true)
  return values
}

/** Samples in [-1, 1] as 16-bit integers, clipped beyond. */
export function samplesToS16(samples: Float32Array): Uint8Array {
  const bytes = new Uint8Array(2 * samples.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < samples.length; i++) {
    const scaled = Math.round(samples[i]! * 32768)
    view.setInt16(2 * i, Math.max(-32768, Math.min(32767, scaled)), true)
  }
  return bytes
}

/** 16-bit integers as little-endian bytes, whatever the machine's order. */
export function s16ToBytes(values: Int16Array): Uint8Array {
  const bytes = new Uint8Array(2 * values.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) view.setInt16(2 * i, values[i]!, true)
  return bytes
}

export function s16ToSamples(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const samples = new Float32Array(Math.floor(bytes.length / 2))
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true) / 32768
  return samples
}
