/** The two codes of ITU-T G.711, one byte a sample. */
export type G711Law = 'mu-law' | 'A-law'

/** Value of each byte, full scale ±1: the integers of the recommendation, 14 and 13 bits, moved up to 16. */
const tables: Record<G711Law, Float32Array> = {
  'mu-law': Float32Array.from({ length: 256 }, (_, code) => muLaw(code) / 32_768),
  'A-law': Float32Array.from({ length: 256 }, (_, code) => aLaw(code) / 32_768),
}

/** Interleaved bytes -> channels. */
export function decodeG711(data: Uint8Array, law: G711Law, channels: number): Float32Array[] {
  const table = tables[law]
  const samples = Math.floor(data.length / channels)
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: samples }, (_, i) => table[data[i * channels + channel]!]!),
  )
}

/** All bits are sent inverted: a sign, an exponent of 3 bits and a mantissa of 4, over a bias of 33. */
function muLaw(code: number): number {
  const bits = ~code & 0xff
  const size = (((bits & 0x0f) << 1) + 33) * 2 ** ((bits >> 4) & 7) - 33
  return 4 * (bits & 0x80 ? -size : size)
}

/** Every other bit is sent inverted; the sign bit is set for positive samples. */
function aLaw(code: number): number {
  const bits = code ^ 0x55
  const exponent = (bits >> 4) & 7
  const mantissa = ((bits & 0x0f) << 1) + 1
  const size = exponent === 0 ? mantissa : (mantissa + 32) * 2 ** (exponent - 1)
  return 8 * (bits & 0x80 ? size : -size)
}
