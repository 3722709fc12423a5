import {
  decodeMedia,
  headerBytes,
  type MediaFrame,
  type MediaType,
  mediaTypes,
} from '../../src/protocol/messages.js'
import { ApiError } from '../operations/api-error.js'

/** A message of a client as media. @throws ApiError invalid_message when its header is none that a client sends */
export function clientMedia(bytes: Uint8Array): MediaFrame {
  const frame = decodeMedia(bytes)
  if (frame !== undefined && frame.type !== mediaTypes.pcm && frame.flags === 0) return frame
  const got = bytes.length < headerBytes ? `${bytes.length} bytes` : `type ${bytes[0]}, flags ${bytes[1]}`
  const types = `type ${mediaTypes.mel} or ${mediaTypes.recording}, flags 0`
  const message = `media: got ${got}, expected a header of ${headerBytes} bytes with ${types}`
  throw new ApiError('invalid_message', message, { field: 'media' })
}

/** @throws ApiError invalid_message for media of a kind that the stream does not take */
export function requireType(got: MediaType, wanted: MediaType): void {
  if (got === wanted) return
  throw new ApiError('invalid_message', `media: got type ${got}, expected ${wanted}`, { field: 'media' })
}

/** Both count modulo 2^32. @throws ApiError out_of_sequence */
export function requireInOrder(field: 'sequence' | 'position', got: number, wanted: number): void {
  if (got === wanted % 2 ** 32) return
  throw new ApiError('out_of_sequence', `${field}: got ${got}, expected ${wanted}`, { field })
}
