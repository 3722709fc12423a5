/** Where a file does not tell: what most decoders and devices use. */
const usualRate = 48_000
/** What the server takes, and every browser decodes to. */
const lowestRate = 8000
const highestRate = 96_000

const mp3Rates = [44_100, 48_000, 32_000]

/**
 * The rate at which a file was recorded, Hz, so that it is decoded without being resampled: browsers resample to
 * whatever they are asked for, which is a change to what is scored. WAV, FLAC, Ogg Vorbis and MP3 tell; Opus is always
 * at 48,000 Hz; others count as that too.
 */
export function fileSampleRate(bytes: ArrayBuffer): number {
  const rate = toldRate(new DataView(bytes))
  return rate !== undefined && rate >= lowestRate && rate <= highestRate ? rate : usualRate
}

function toldRate(view: DataView): number | undefined {
  try {
    if (hasText(view, 0, 'RIFF') && hasText(view, 8, 'WAVE')) return wavRate(view)
    // STREAMINFO comes first: 4 bytes of header, 10 of sizes, then 20 bits of rate.
    if (hasText(view, 0, 'fLaC')) return view.getUint32(18) >>> 12
    if (hasText(view, 0, 'OggS')) return oggRate(view)
    return mp3Rate(view)
  } catch (error) {
    // A file that is cut tells nothing; that it cannot be decoded is found out by decoding.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function wavRate(view: DataView): number {
  for (let at = 12; ; ) {
    if (hasText(view, at, 'fmt ')) return view.getUint32(at + 12, true)
    const size = view.getUint32(at + 4, true)
    // Chunks begin at even places.
    at += 8 + size + (size % 2)
  }
}

/** The first page holds the first packet, behind its table of segments. */
function oggRate(view: DataView): number | undefined {
  const packet = 27 + view.getUint8(26)
  if (hasText(view, packet, '\x01vorbis')) return view.getUint32(packet + 12, true)
  return undefined
}

/** The first frame's header, behind the tags. */
function mp3Rate(view: DataView): number | undefined {
  let at = 0
  if (hasText(view, 0, 'ID3')) {
    at = 10
    // Seven bits of each byte.
    for (let i = 0; i < 4; i++) at += view.getUint8(6 + i) << (7 * (3 - i))
  }
  const header = view.getUint32(at)
  const version = (header >>> 19) & 3
  if (header >>> 21 !== 0x7ff || version === 1) return undefined
  const rate = mp3Rates[(header >>> 10) & 3]
  if (rate === undefined) return undefined
  // MPEG 1, 2 and 2.5.
  return version === 3 ? rate : version === 2 ? rate / 2 : rate / 4
}

function hasText(view: DataView, at: number, text: string): boolean {
  return [...text].every((letter, i) => view.getUint8(at + i) === letter.charCodeAt(0))
}
