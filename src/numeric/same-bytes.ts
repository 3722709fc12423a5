/** Whether two arrays have the same bytes: NaN equals NaN, and 0 does not equal -0. */
export function sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (a.byteLength !== b.byteLength) return false
  // Words where both arrays lie at whole ones: weights have megabytes.
  const areAligned = a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0
  const words = areAligned ? a.byteLength >> 2 : 0
  const wordsOf = ({ buffer, byteOffset }: ArrayBufferView) =>
    new Uint32Array(buffer, words === 0 ? 0 : byteOffset, words)
  const restOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    new Uint8Array(buffer, byteOffset + 4 * words, byteLength - 4 * words)
  return sameIntegers(wordsOf(a), wordsOf(b)) && sameIntegers(restOf(a), restOf(b))
}

function sameIntegers(a: Uint8Array | Uint32Array, b: Uint8Array | Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
