/** One array after the other. */
export function concatFloats(parts: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((length, part) => length + part.length, 0))
  let written = 0
  for (const part of parts) {
    result.set(part, written)
    written += part.length
  }
  return result
}
