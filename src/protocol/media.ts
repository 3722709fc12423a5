/** Media travels as one header and its payload, little-endian. */
export const headerBytes = 12

export const mediaTypes = { mel: 1, pcm: 2, recording: 3 } as const
export type MediaType = (typeof mediaTypes)[keyof typeof mediaTypes]

/** Header flag of PCM: the last of its utterance. */
export const lastOfUtterance = 1

export interface MediaHeader {
  readonly type: MediaType
  readonly flags: number
  /** The client's number of the stream, from 0 to 65,535. */
  readonly stream: number
  /** Counts the media frames of a stream in one direction, from 0. */
  readonly sequence: number
  /** Index in the stream of the first mel frame or the first sample of the payload. */
  readonly position: number
}

export interface MediaFrame extends MediaHeader {
  readonly payload: Uint8Array
}

/** @throws RangeError for a header field that does not fit its width */
export function encodeMedia(header: MediaHeader, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  check('type', header.type, 0xff)
  check('flags', header.flags, 0xff)
  check('stream', header.stream, 0xffff)
  check('sequence', header.sequence, 0xffffffff)
  check('position', header.position, 0xffffffff)
  const bytes = new Uint8Array(headerBytes + payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, header.type)
  view.setUint8(1, header.flags)
  view.setUint16(2, header.stream, true)
  view.setUint32(4, header.sequence, true)
  view.setUint32(8, header.position, true)
  bytes.set(payload, headerBytes)
  return bytes
}

/** The parts of a media frame; the payload is a view of the bytes. Undefined when the header is cut or its type unknown. */
export function decodeMedia(bytes: Uint8Array): MediaFrame | undefined {
  if (bytes.length < headerBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const type = view.getUint8(0)
  if (type !== mediaTypes.mel && type !== mediaTypes.pcm && type !== mediaTypes.recording) return undefined
  return {
    type,
    flags: view.getUint8(1),
    stream: view.getUint16(2, true),
    sequence: view.getUint32(4, true),
    position: view.getUint32(8, true),
    payload: bytes.subarray(headerBytes),
  }
}

function check(name: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new RangeError(`${name}: got ${value}, expected a whole number from 0 to ${most}`)
  }
}
