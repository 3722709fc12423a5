/** Files of digital silence that are small for what they hold, made bit by bit. */

function crc(bytes: readonly number[], width: 8 | 16, polynomial: number): number {
  const top = 2 ** (width - 1)
  const mask = 2 ** width - 1
  let sum = 0
  for (const byte of bytes) {
    sum ^= byte << (width - 8)
    for (let bit = 0; bit < 8; bit++) sum = (sum & top ? (sum << 1) ^ polynomial : sum << 1) & mask
  }
  return sum
}

/** Largest block of FLAC. */
export const flacFrameSamples = 65_535

/** FLAC, 44.1 kHz, 16 bits, mono: each frame is one constant subframe, 13 to 15 bytes for a second and a half. */
export function silentFlac(frames: number, promisedSamples = 0): Uint8Array {
  const { size, frame } = flacFrames()
  const info = new Uint8Array(42)
  info.set(new TextEncoder().encode('fLaC'))
  // The last block of metadata is STREAMINFO, 34 bytes.
  info.set([0x80, 0, 0, 34, ...size, ...size], 4)
  // 20 bits of rate, 3 of channels less one, 5 of bits less one, 36 of samples.
  const rate = (44_100n << 44n) | (15n << 36n) | BigInt(promisedSamples)
  new DataView(info.buffer).setBigUint64(18, rate)
  return new Uint8Array(Buffer.concat([info, ...Array.from({ length: frames }, (_, i) => frame(i))]))
}

function flacFrames() {
  const size = [(flacFrameSamples >> 8) & 0xff, flacFrameSamples & 0xff]
  const frame = (index: number): Uint8Array => {
    const length = [((flacFrameSamples - 1) >> 8) & 0xff, (flacFrameSamples - 1) & 0xff]
    const header = [0xff, 0xf8, 0x79, 0x08, ...Buffer.from(String.fromCodePoint(index)), ...length]
    const checked = [...header, crc(header, 8, 0x07)]
    const body = [...checked, 0, 0, 0]
    const sum = crc(body, 16, 0x8005)
    return Uint8Array.of(...body, sum >> 8, sum & 0xff)
  }
  return { size, frame }
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
