import { GlowcastError } from '../errors.js'

/** More are seldom sent; a page, which is decoded at once, can hold a million samples of each channel. */
const MOST_CHANNELS = 8

/** Bytes of a page (RFC 3533, section 6) before the lengths of its segments. */
const HEADER_BYTES = 27

/** How the header of a stream starts, and where behind that the number of channels lies. */
const STREAM_HEADERS = [
  { start: '\x01vorbis', channelsAt: 11 },
  { start: 'OpusHead', channelsAt: 9 },
]

/**
 * Cuts the bytes of an Ogg file into whole pages. What is left of a page at the end of a file is dropped: the decoders
 * would make up sound for the packets that it lacks. What lies between pages is skipped.
 */
export class OggPages {
  private held: Buffer = Buffer.alloc(0)

  /** @param field how errors name the file */
  constructor(private readonly field: string) {}

  /**
   * The next bytes → the pages that they complete, one after the other.
   *
   * @throws GlowcastError UNSUPPORTED_FORMAT for more channels than are decoded
   */
  push(bytes: Uint8Array): Uint8Array {
    const held = Buffer.concat([this.held, bytes])
    const pages: Buffer[] = []
    let at = 0
    for (;;) {
      const start = held.indexOf('OggS', at, 'latin1')
      // The last bytes may be the beginning of such a mark.
      at = start < 0 ? Math.max(at, held.length - 3) : start
      const body = at + HEADER_BYTES + (held[at + HEADER_BYTES - 1] ?? 0)
      if (start < 0 || body > held.length) break
      const end = held.subarray(at + HEADER_BYTES, body).reduce((sum, length) => sum + length, body)
      if (end > held.length) break
      this.checkChannels(held.subarray(body, end))
      pages.push(held.subarray(at, end))
      at = end
    }
    this.held = held.subarray(at)
    return new Uint8Array(Buffer.concat(pages))
  }

  /** Of every page: there may be several streams in a file, one after the other. */
  private checkChannels(content: Buffer): void {
    for (const { start, channelsAt } of STREAM_HEADERS) {
      const channels = content[channelsAt] ?? 0
      if (channels <= MOST_CHANNELS || content.toString('latin1', 0, start.length) !== start) continue
      const got = `Ogg with ${channels} channels`
      throw new GlowcastError('UNSUPPORTED_FORMAT', this.field, got, `at most ${MOST_CHANNELS}`)
    }
  }
}
