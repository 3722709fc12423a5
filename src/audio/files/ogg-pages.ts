import { indexOfMark } from '../../io/latin1.js'

/** Bytes of a page (RFC 3533, section 6) before the lengths of its segments. */
const HEADER_BYTES = 27

/** Header bits. */
const FIRST_PAGE = 2
const LAST_PAGE = 4

export interface OggPage {
  /** Which of the streams in the file it belongs to. */
  readonly serial: number
  readonly isFirst: boolean
  readonly isLast: boolean
  readonly bytes: Uint8Array
  /** What of them is packets. */
  readonly body: Uint8Array
}

/**
 * Cuts the bytes of an Ogg file into whole pages. What is left of a page at the end of a file is dropped: the decoders
 * would make up sound for the packets that it lacks. What lies between pages is skipped.
 */
export class OggPages {
  private held: Uint8Array = new Uint8Array(0)

  /** The next bytes → the pages that they complete, one after the other. */
  push(bytes: Uint8Array): OggPage[] {
    const held = new Uint8Array(this.held.length + bytes.length)
    held.set(this.held)
    held.set(bytes, this.held.length)
    const view = new DataView(held.buffer)
    const pages: OggPage[] = []
    let at = 0
    for (;;) {
      const start = indexOfMark(held, 'OggS', at)
      // The last bytes may be the beginning of such a mark.
      at = start < 0 ? Math.max(at, held.length - 3) : start
      const body = at + HEADER_BYTES + (held[at + HEADER_BYTES - 1] ?? 0)
      if (start < 0 || body > held.length) break
      const end = held.subarray(at + HEADER_BYTES, body).reduce((sum, length) => sum + length, body)
      if (end > held.length) break
      const flags = held[at + 5]!
      pages.push({
        serial: view.getUint32(at + 14, true),
        isFirst: (flags & FIRST_PAGE) !== 0,
        isLast: (flags & LAST_PAGE) !== 0,
        bytes: held.slice(at, end),
        body: held.slice(body, end),
      })
      at = end
    }
    this.held = held.subarray(at)
    return pages
  }
}
