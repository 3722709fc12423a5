/** kbit/s of layer III, by the index in a frame's header: of MPEG 1, and of MPEG 2 and 2.5. */
const BIT_RATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const

const SAMPLE_RATES = [44_100, 48_000, 32_000] as const

/** So many frames in a row are no accident. */
const FRAMES_IN_A_ROW = 3

interface MpegFrame {
  readonly isFirstVersion: boolean
  readonly isMono: boolean
  readonly bytes: number
  /** What all frames of a file agree in. */
  readonly kind: number
}

/** Where the first of several MP3 frames in a row begins; undefined where there are none. */
export function findMpegFrame(bytes: Uint8Array): number | undefined {
  for (let start = 0; start + 4 <= bytes.length; start++) {
    if (bytes[start] === 0xff && isRunOfFrames(bytes, start)) return start
  }
  return undefined
}

function isRunOfFrames(bytes: Uint8Array, start: number): boolean {
  let at = start
  let kind: number | undefined
  for (let count = 0; count < FRAMES_IN_A_ROW; count++) {
    const frame = frameAt(bytes, at)
    if (frame === undefined || (kind !== undefined && frame.kind !== kind)) return false
    kind = frame.kind
    at += frame.bytes
    // A file of two frames ends with the second.
    if (at === bytes.length && count > 0) return true
  }
  return true
}

/** A frame of layer III (ISO 11172-3, section 2.4.2.3), by its header. */
function frameAt(bytes: Uint8Array, at: number): MpegFrame | undefined {
  const [sync = 0, version = 0, rates = 0, mode = 0] = bytes.subarray(at, at + 4)
  if (sync !== 0xff || (version & 0xe6) !== 0xe2) return undefined
  const versionBits = (version >> 3) & 3
  const [bitRateIndex, sampleRateIndex] = [rates >> 4, (rates >> 2) & 3]
  if (versionBits === 1 || bitRateIndex === 0 || bitRateIndex === 15 || sampleRateIndex === 3)
    return undefined
  const isFirst = versionBits === 3
  const bitRate = 1000 * BIT_RATES[isFirst ? 0 : 1][bitRateIndex]!
  const sampleRate = SAMPLE_RATES[sampleRateIndex]! / (isFirst ? 1 : versionBits === 2 ? 2 : 4)
  const padding = (rates >> 1) & 1
  return {
    isFirstVersion: isFirst,
    isMono: mode >> 6 === 3,
    bytes: Math.floor(((isFirst ? 144 : 72) * bitRate) / sampleRate) + padding,
    kind: (version & 0xfe) * 4 + sampleRateIndex,
  }
}

/** What a first frame may hold in place of sound, and where its fields say that the counts of frames and of bytes follow. */
const COUNTED = 3

/**
 * What the first frame of an MP3 file tells of all of it, where its encoder wrote that (the "Xing" or "Info" header): the
 * bytes from that frame on, and samples of each channel.
 */
export function mp3Declared(start: Uint8Array): { samples: number; bytes: number } | undefined {
  const frame = frameAt(start, 0)
  if (frame === undefined) return undefined
  const { isFirstVersion, isMono } = frame
  // Behind the header and the side information.
  const at = 4 + (isFirstVersion ? (isMono ? 17 : 32) : isMono ? 9 : 17)
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  if (at + 16 > view.byteLength) return undefined
  const name = String.fromCharCode(...start.subarray(at, at + 4))
  if (!/^(Xing|Info)$/.test(name) || (view.getUint32(at + 4) & COUNTED) !== COUNTED) return undefined
  const frames = view.getUint32(at + 8)
  return { samples: frames * (isFirstVersion ? 1152 : 576), bytes: view.getUint32(at + 12) }
}
