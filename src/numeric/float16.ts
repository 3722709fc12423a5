/**
 * IEEE 754 binary16 ("half") and bfloat16 against binary32, by bit arithmetic on typed views.
 *
 * Widening is exact. Narrowing rounds to the nearest, ties to even, as IEEE 754-2019 section 4.3.1 says;
 * what is beyond 65,504 by half a unit or more becomes an infinity, and every NaN one quiet NaN.
 */

let wideningTable: Float32Array | undefined

/** All 65,536 halves as floats: one look-up is several times quicker than taking each half apart. */
function halfTable(): Float32Array {
  if (wideningTable) return wideningTable
  const bits = new Uint32Array(65_536)
  for (let half = 0; half < 65_536; half++) {
    const sign = (half & 0x8000) << 16
    const exponent = (half >>> 10) & 0x1f
    let mantissa = half & 0x3ff
    if (exponent === 0x1f) bits[half] = sign | 0x7f800000 | (mantissa << 13)
    else if (exponent !== 0) bits[half] = sign | ((exponent + 112) << 23) | (mantissa << 13)
    else if (mantissa === 0) bits[half] = sign
    else {
      // A subnormal half is a normal float: shift its leading one out of the mantissa into the exponent.
      const shift = Math.clz32(mantissa) - 21
      mantissa = (mantissa << shift) & 0x3ff
      bits[half] = sign | ((113 - shift) << 23) | (mantissa << 13)
    }
  }
  wideningTable = new Float32Array(bits.buffer)
  return wideningTable
}

function narrow(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude >= 0x47800000) return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00)
  if (magnitude >= 0x38800000) {
    // Adding just under half a unit, plus the bit that would become the last, rounds ties to even; a carry
    // out of the mantissa lands in the exponent, which is the right answer, infinity included.
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
  }
  const exponent = magnitude >>> 23
  if (exponent < 102) return sign
  const mantissa = (magnitude & 0x7fffff) | 0x800000
  const shift = 126 - exponent
  return sign | ((mantissa + (1 << (shift - 1)) - 1 + ((mantissa >>> shift) & 1)) >>> shift)
}

/** Halves, given as their 16-bit patterns, as floats: exact. */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  const table = halfTable()
  const floats = new Float32Array(halves.length)
  for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i]!]!
  return floats
}

/** Floats as the 16-bit patterns of the nearest halves, ties to even. */
export function float32ToFloat16(floats: Float32Array): Uint16Array {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length)
  const halves = new Uint16Array(floats.length)
  for (let i = 0; i < bits.length; i++) halves[i] = narrow(bits[i]!)
  return halves
}

/** Floats as the nearest bfloat16 patterns, ties to even; every NaN becomes one quiet NaN. */
export function float32ToBfloat16(floats: Float32Array): Uint16Array {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length)
  const patterns = new Uint16Array(floats.length)
  for (let i = 0; i < bits.length; i++) {
    const pattern = bits[i]!
    const isNan = (pattern & 0x7fffffff) > 0x7f800000
    patterns[i] = isNan ? 0x7fc0 : (pattern + 0x7fff + ((pattern >>> 16) & 1)) >>> 16
  }
  return patterns
}

/** bfloat16 patterns as floats: exact, since a bfloat16 is the upper half of a float. */
export function bfloat16ToFloat32(patterns: Uint16Array): Float32Array {
  const bits = new Uint32Array(patterns.length)
  for (let i = 0; i < patterns.length; i++) bits[i] = patterns[i]! << 16
  return new Float32Array(bits.buffer)
}
