import type { ByteFile } from '../../io/byte-file.js'

const ID3_HEADER = 10
const MOST_TAGS = 16

/** Bytes of the ID3v2 tags at the start of a file, of which there may be several, one after the other. @throws GlowcastError IO */
export async function leadingTagBytes(file: ByteFile): Promise<number> {
  let offset = 0
  for (let tag = 0; tag < MOST_TAGS; tag++) {
    const header = await file.read(offset, ID3_HEADER)
    if (header.length < ID3_HEADER || String.fromCharCode(...header.subarray(0, 3)) !== 'ID3') break
    const sizes = [...header.subarray(6, 10)]
    // Of each byte of the size seven bits count.
    if (sizes.some((byte) => byte >= 0x80)) break
    const hasFooter = (header[5]! & 0x10) !== 0
    offset += ID3_HEADER + sizes.reduce((sum, byte) => 128 * sum + byte, 0) + (hasFooter ? ID3_HEADER : 0)
  }
  return Math.min(offset, file.size)
}
