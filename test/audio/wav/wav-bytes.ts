/** A RIFF chunk, padded to an even length; `size` overrides the size that it states. */
export function chunk(id: string, body: Uint8Array, size = body.length): Uint8Array {
  const bytes = new Uint8Array(8 + body.length + (body.length % 2))
  bytes.set(new TextEncoder().encode(id))
  new DataView(bytes.buffer).setUint32(4, size, true)
  bytes.set(body, 8)
  return bytes
}

interface FmtFields {
  code?: number
  channels?: number
  sampleRate?: number
  bits?: number
  blockSize?: number
  extensible?: boolean
}

/** A fmt chunk: 16-bit PCM, mono, 22,050 Hz unless told otherwise. */
export function fmt(fields: FmtFields): Uint8Array {
  const { code = 1, channels = 1, sampleRate = 22_050, bits = 16, extensible = false } = fields
  const blockSize = fields.blockSize ?? Math.floor((channels * bits) / 8)
  const view = new DataView(new ArrayBuffer(extensible ? 40 : 16))
  view.setUint16(0, extensible ? 0xfffe : code, true)
  view.setUint16(2, channels, true)
  view.setUint32(4, sampleRate, true)
  view.setUint32(8, sampleRate * blockSize, true)
  view.setUint16(12, blockSize, true)
  view.setUint16(14, bits, true)
  if (extensible) {
    view.setUint16(16, 22, true)
    view.setUint16(18, bits, true)
    view.setUint16(24, code, true)
  }
  return chunk('fmt ', new Uint8Array(view.buffer))
}

/** A WAV file of these chunks. */
export function riff(...chunks: Uint8Array[]): Uint8Array {
  return new Uint8Array(chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), ...chunks])))
}
