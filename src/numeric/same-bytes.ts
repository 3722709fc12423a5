/** Whether two arrays have the same bytes: NaN equals NaN, and 0 does not equal -0. */
export function sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (a.byteLength !== b.byteLength) return false
  const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    new Uint8Array(buffer, byteOffset, byteLength)
  const others = bytesOf(b)
  return bytesOf(a).every((byte, i) => byte === others[i])
}
