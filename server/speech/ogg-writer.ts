/** Bytes of a page before the lengths of its segments (RFC 3533, section 6). */
const headerBytes = 27
const maxSegments = 255
const segmentBytes = 255
const [firstPage, lastPage] = [2, 4]

/** The pages of an Ogg stream of packets, each of which lies within a page. */
export class OggWriter {
  private page = 0

  /** @param serial of the stream, any 32 bits */
  constructor(private readonly serial: number) {}

  /**
   * One page.
   *
   * @param packets whose segments are at most 255
   * @param granule position behind the last of them
   */
  write(packets: readonly Uint8Array[], granule: number, isLast = false): Uint8Array {
    const lengths = packets.flatMap(({ length }) => [
      ...new Array<number>(segmentsOf(length) - 1).fill(segmentBytes),
      length % segmentBytes,
    ])
    const page = Buffer.concat([new Uint8Array(headerBytes), Uint8Array.from(lengths), ...packets])
    page.write('OggS', 'latin1')
    page[5] = (this.page === 0 ? firstPage : 0) | (isLast ? lastPage : 0)
    page.writeBigInt64LE(BigInt(granule), 6)
    page.writeUInt32LE(this.serial, 14)
    page.writeUInt32LE(this.page++, 18)
    page[26] = lengths.length
    page.writeUInt32LE(checksum(page), 22)
    return page
  }
}

/** Packets in groups that a page can hold. */
export function pagesOf(packets: readonly Uint8Array[]): Uint8Array[][] {
  const pages: Uint8Array[][] = []
  let room = 0
  for (const packet of packets) {
    const segments = segmentsOf(packet.length)
    if (segments > room) {
      pages.push([])
      room = maxSegments
    }
    pages.at(-1)!.push(packet)
    room -= segments
  }
  return pages
}

/** A packet ends with a segment that is not full, and be it empty. */
function segmentsOf(bytes: number): number {
  return Math.floor(bytes / segmentBytes) + 1
}

const polynomial = 0x04c11db7
const byteSums = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte << 24
  for (let bit = 0; bit < 8; bit++) sum = sum < 0 ? (sum << 1) ^ polynomial : sum << 1
  return sum
})

/** The CRC of a page whose own is 0: the highest bit first, without inversions. */
function checksum(page: Uint8Array): number {
  let sum = 0
  for (const byte of page) sum = (sum << 8) ^ byteSums[(sum >>> 24) ^ byte]!
  return sum >>> 0
}
