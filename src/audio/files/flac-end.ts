import type { ByteFile } from '../../io/byte-file.js'

/** A last frame, and what is behind it, are looked for in so many bytes. */
const SEARCHED_BYTES = 1 << 20

/** Frame headers that are tried, from the last one on: chance makes few. */
const MOST_HEADERS = 16

/** The longest header: 4 bytes, a number of up to 7, block size 2, rate 2, CRC. */
const LONGEST_HEADER = 16

/**
 * Where the last frame of a FLAC file ends: tags of other formats and stray bytes follow in some, of which decoders make
 * a part of that frame, and refuse it. Its CRC tells (RFC 9639, section 9.3).
 *
 * @returns the size of the file where no frame is found
 * @throws GlowcastError IO
 */
export async function flacEnd(file: ByteFile): Promise<number> {
  const from = Math.max(0, file.size - SEARCHED_BYTES)
  const bytes = await file.read(from, SEARCHED_BYTES)
  let headers = 0
  for (let start = bytes.length - 6; start >= 0 && headers < MOST_HEADERS; start--) {
    if (bytes[start] !== 0xff || (bytes[start + 1]! & 0xfe) !== 0xf8) continue
    const headerBytes = headerLength(bytes.subarray(start, start + LONGEST_HEADER))
    if (headerBytes === undefined) continue
    headers += 1
    const end = frameEnd(bytes, start, start + headerBytes)
    if (end !== undefined) return from + end
  }
  return file.size
}

/** Bytes of a frame header whose CRC is right. */
function headerLength(bytes: Uint8Array): number | undefined {
  const [blockCode, rateCode] = [bytes[2]! >> 4, bytes[2]! & 15]
  if (blockCode === 0 || rateCode === 15 || (bytes[3]! & 1) !== 0) return undefined
  const numberBytes = codedNumberLength(bytes[4]!)
  if (numberBytes === undefined) return undefined
  const blockBytes = blockCode === 6 ? 1 : blockCode === 7 ? 2 : 0
  const rateBytes = rateCode === 12 ? 1 : rateCode === 13 || rateCode === 14 ? 2 : 0
  const length = 4 + numberBytes + blockBytes + rateBytes
  if (length >= bytes.length) return undefined
  let crc = 0
  for (let i = 0; i <= length; i++) crc = shifted(crc ^ bytes[i]!, 8, 0x07, 8)
  return crc === 0 ? length + 1 : undefined
}

/** Bytes of a number that is coded as UTF-8 codes characters, in up to 7. */
function codedNumberLength(first: number): number | undefined {
  if (first < 0x80) return 1
  const ones = Math.clz32(~(first << 24))
  return ones >= 2 && ones <= 7 ? ones : undefined
}

/** Behind the last byte up to which the CRC of the whole frame comes out even: what follows seldom keeps it so. */
function frameEnd(bytes: Uint8Array, start: number, body: number): number | undefined {
  let crc = 0
  let end: number | undefined
  for (let i = start; i < bytes.length; i++) {
    crc = ((crc << 8) & 0xffff) ^ CRC16[(crc >> 8) ^ bytes[i]!]!
    if (crc === 0 && i > body) end = i + 1
  }
  return end
}

const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => shifted(byte << 8, 8, 0x8005, 16))

/** A CRC register after so many bits more. */
function shifted(register: number, bits: number, polynomial: number, width: number): number {
  const [top, mask] = [2 ** (width - 1), 2 ** width - 1]
  let value = register
  for (let bit = 0; bit < bits; bit++) {
    value = value & top ? ((value << 1) ^ polynomial) & mask : (value << 1) & mask
  }
  return value
}
