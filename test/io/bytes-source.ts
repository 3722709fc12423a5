import { type ByteSource, wholeRanges } from '../../src/io/byte-source.js'

/** A file that is in memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return wholeRanges({
    size: bytes.length,
    // A copy: what a test changes later is not what was read. Not slice: that of a Buffer gives a view.
    read: async (offset, length) => Uint8Array.from(bytes.subarray(offset, offset + length)),
    close: async () => undefined,
  })
}
