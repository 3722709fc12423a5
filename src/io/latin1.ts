/** Characters in one call: each becomes an argument. */
const atOnce = 4096

/** One character a byte, whatever it is. `TextDecoder` has no such encoding: its latin1 is windows-1252. */
export function latin1(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += atOnce) {
    text += String.fromCharCode(...bytes.subarray(at, at + atOnce))
  }
  return text
}

/** Where a mark of one-byte characters begins, at `from` or behind it; -1 where it is not. */
export function indexOfMark(bytes: Uint8Array, mark: string, from = 0): number {
  const first = mark.charCodeAt(0)
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (latin1(bytes.subarray(at, at + mark.length)) === mark) return at
  }
  return -1
}
