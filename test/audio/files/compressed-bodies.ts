/** Files of digital silence that are small for what they hold, made bit by bit. */

type Crc = (bytes: readonly number[]) => number

function crc(width: 8 | 16, polynomial: number): Crc {
  const top = 2 ** (width - 1)
  const mask = 2 ** width - 1
  const table = Array.from({ length: 256 }, (_, byte) => {
    let sum = byte << (width - 8)
    for (let bit = 0; bit < 8; bit++) sum = (sum & top ? (sum << 1) ^ polynomial : sum << 1) & mask
    return sum
  })
  return (bytes) => {
    let sum = 0
    for (const byte of bytes) sum = (table[(sum >> (width - 8)) ^ byte]! ^ (sum << 8)) & mask
    return sum
  }
}

const crc8 = crc(8, 0x07)
const crc16 = crc(16, 0x8005)

/** Largest block of FLAC. */
export const flacFrameSamples = 65_535

/** Codes of rates in a frame's header. */
const rateCodes = { 44100: 9, 192000: 3 } as const

export interface SilentFlacOptions {
  /** Samples of each channel that the header tells of; default: that they are not known. */
  readonly promised?: number
  readonly rate?: keyof typeof rateCodes
  readonly channels?: number
}

/** FLAC of 16 bits: each frame is one constant subframe a channel, 13 to 15 bytes for 65,535 mono samples. */
export function silentFlac(frames: number, options: SilentFlacOptions = {}): Uint8Array {
  const { promised = 0, rate = 44_100, channels = 1 } = options
  const size = [(flacFrameSamples >> 8) & 0xff, flacFrameSamples & 0xff]
  const info = new Uint8Array(42)
  info.set(new TextEncoder().encode('fLaC'))
  // The last block of metadata is STREAMINFO, 34 bytes.
  info.set([0x80, 0, 0, 34, ...size, ...size], 4)
  // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples.
  const shape = (BigInt(rate) << 44n) | (BigInt(channels - 1) << 41n) | (15n << 36n) | BigInt(promised)
  new DataView(info.buffer).setBigUint64(18, shape)
  const frame = (index: number) => flacFrame(index, rateCodes[rate], channels)
  return new Uint8Array(Buffer.concat([info, ...Array.from({ length: frames }, (_, i) => frame(i))]))
}

function flacFrame(index: number, rateCode: number, channels: number): Uint8Array {
  const length = [((flacFrameSamples - 1) >> 8) & 0xff, (flacFrameSamples - 1) & 0xff]
  const start = [0xff, 0xf8, 0x70 | rateCode, ((channels - 1) << 4) | 0x08]
  const header = [...start, ...Buffer.from(String.fromCodePoint(index)), ...length]
  const checked = [...header, crc8(header)]
  const body = [...checked, ...new Array<number>(3 * channels).fill(0)]
  const sum = crc16(body)
  return Uint8Array.of(...body, sum >> 8, sum & 0xff)
}

/** Samples of a frame of `silentMp3`. */
export const mp3FrameSamples = 576
export const mp3Rate = 24_000

/** MP3, 8 kbit/s: 24 bytes a frame, of which all behind the header are zero. */
export function silentMp3(frames: number): Uint8Array {
  const frame = new Uint8Array(24)
  frame.set([0xff, 0xf3, 0x14, 0xc0])
  return new Uint8Array(Buffer.concat(Array.from({ length: frames }, () => frame)))
}
