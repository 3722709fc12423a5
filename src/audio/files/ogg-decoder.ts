import { type GlowcastError, unsupportedFormat } from '../../errors.js'
import { latin1 } from '../../io/latin1.js'
import { plural } from '../../plural.js'
import { openFlacDecoder, STREAM_INFO_END } from './flac.js'
import { openLossyDecoder } from './lossy-audio.js'
import { type OggPage, OggPages } from './ogg-pages.js'
import type { DecodedPiece, PieceDecoder } from './piece-decoder.js'

/** More are seldom sent; a page, which is decoded at once, can hold a million samples of each channel. */
const MOST_CHANNELS = 8

/** Each opens a decoder: a small file could hold thousands. */
const MOST_LINKS = 1000

/** Bytes of Ogg FLAC before the stream of a FLAC file begins. */
const FLAC_MAPPING_BYTES = 9

/** How the first packet of a stream starts, and where behind that the number of channels lies. */
const CODECS = [
  { start: '\x01vorbis', format: 'Ogg Vorbis', channelsAt: 11 },
  { start: 'OpusHead', format: 'Ogg Opus', channelsAt: 9 },
  { start: '\x7fFLAC', format: 'Ogg FLAC', channelsAt: undefined },
] as const

/** Codecs that are not read, to be named. */
const FOREIGN_CODECS: readonly [start: string, name: string][] = [
  ['Speex   ', 'Ogg Speex'],
  ['\x80theora', 'Ogg Theora'],
  ['CELT    ', 'Ogg CELT'],
  ['PCM     ', 'Ogg PCM'],
]

type OggFormat = (typeof CODECS)[number]['format']

/** The stream of a link that is decoded. */
interface Link {
  readonly serial: number
  readonly decoder: PieceDecoder
  readonly format: OggFormat
}

/**
 * A decoder of Ogg files, which may be several behind one another: each such link has headers of its own, and a decoder
 * that knows nothing of the others. Of streams beside one another the first is decoded that holds sound.
 */
export class OggDecoder implements PieceDecoder {
  private readonly pages = new OggPages()
  private link: Link | undefined
  private links = 0
  /** Whether the first pages of the link, one of each stream, have all come. */
  private hasBegun = false
  private foreign: string | undefined
  /** Whether the last page of the link has come. */
  private isLinkWhole = true
  /** A link stops before its last page. */
  isCut = false
  /** Some link is. */
  isLossy = false

  /** @param field how errors name the file */
  constructor(private readonly field: string) {}

  /** @throws GlowcastError UNSUPPORTED_FORMAT for a codec or a number of channels that is not decoded */
  async decode(bytes: Uint8Array): Promise<DecodedPiece[]> {
    const pieces: DecodedPiece[] = []
    for (const page of this.pages.push(bytes)) {
      if (page.isFirst) pieces.push(...(await this.begin(page)))
      else pieces.push(...(await this.take(page)))
    }
    return pieces
  }

  async end(): Promise<DecodedPiece[]> {
    const pieces = await this.endLink()
    if (this.links === 0) throw this.unsupported(this.foreign ?? 'Ogg')
    return pieces
  }

  free(): void {
    this.link?.decoder.free()
    this.link = undefined
  }

  /** A stream begins, and with it a new link where the one before had begun. */
  private async begin(page: OggPage): Promise<DecodedPiece[]> {
    const pieces = this.hasBegun ? await this.endLink() : []
    if (this.hasBegun) this.foreign = undefined
    this.hasBegun = false
    if (this.link !== undefined) return pieces
    const start = latin1(page.body.subarray(0, 64))
    const codec = CODECS.find((one) => start.startsWith(one.start))
    if (codec === undefined) {
      this.foreign ??= FOREIGN_CODECS.find(([mark]) => start.startsWith(mark))?.[1]
      return pieces
    }
    this.assertChannels(codec.channelsAt === undefined ? 1 : (page.body[codec.channelsAt] ?? 0))
    this.links += 1
    if (this.links > MOST_LINKS) throw this.unsupported(`Ogg with more than ${MOST_LINKS} links`)
    if (codec.format !== 'Ogg FLAC') this.isLossy = true
    this.link = { serial: page.serial, format: codec.format, decoder: await this.open(codec.format, page) }
    return [...pieces, ...(await this.feed(this.link, page))]
  }

  private open(format: OggFormat, { body }: OggPage): Promise<PieceDecoder> {
    if (format !== 'Ogg FLAC') return openLossyDecoder(format)
    const start = body.subarray(FLAC_MAPPING_BYTES, FLAC_MAPPING_BYTES + STREAM_INFO_END)
    return openFlacDecoder(start, this.field)
  }

  private async take(page: OggPage): Promise<readonly DecodedPiece[]> {
    this.hasBegun = true
    if (this.link === undefined) throw this.unsupported(this.foreign ?? 'Ogg')
    return page.serial === this.link.serial ? this.feed(this.link, page) : []
  }

  private feed({ decoder, format }: Link, page: OggPage): Promise<readonly DecodedPiece[]> {
    this.isLinkWhole = page.isLast
    if (format !== 'Ogg FLAC') return decoder.decode(page.bytes)
    return decoder.decode(page.isFirst ? page.body.subarray(FLAC_MAPPING_BYTES) : page.body)
  }

  private async endLink(): Promise<DecodedPiece[]> {
    if (this.link === undefined) return []
    if (!this.isLinkWhole) this.isCut = true
    const pieces = await this.link.decoder.end()
    this.free()
    return [...pieces]
  }

  private assertChannels(channels: number): void {
    if (channels > MOST_CHANNELS)
      throw this.unsupported(`Ogg with ${plural(channels, 'channel')}`, `at most ${MOST_CHANNELS}`)
  }

  private unsupported(got: string, expected = 'Ogg Vorbis, Ogg Opus or Ogg FLAC'): GlowcastError {
    return unsupportedFormat(this.field, got, expected)
  }
}
