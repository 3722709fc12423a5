import {
  decodeMedia,
  headerBytes,
  type MediaFrame,
  type MediaType,
  mediaTypes,
} from '../../src/protocol/messages.js'
import { fieldError } from '../operations/api-error.js'

/** A message of a client as media. @throws ApiError invalid_message when its header is none that a client sends */
export function clientMedia(bytes: Uint8Array): MediaFrame {
  const frame = decodeMedia(bytes)
  if (frame !== undefined && frame.type !== mediaTypes.pcm && frame.flags === 0) return frame
  const got = bytes.length < headerBytes ? `${bytes.length} bytes` : `type ${bytes[0]}, flags ${bytes[1]}`
  const types = `type ${mediaTypes.mel} or ${mediaTypes.recording}, flags 0`
  throw fieldError('invalid_message', 'media', got, `a header of ${headerBytes} bytes with ${types}`)
}

/** @throws ApiError invalid_message for media of a kind that the stream does not take */
export function assertType(got: MediaType, wanted: MediaType): void {
  if (got === wanted) return
  throw fieldError('invalid_message', 'media', `type ${got}`, wanted)
}

/** Both count modulo 2^32. @throws ApiError out_of_sequence */
export function assertInOrder(field: 'sequence' | 'position', got: number, wanted: number): void {
  if (got === wanted % 2 ** 32) return
  throw fieldError('out_of_sequence', field, got, wanted)
}
