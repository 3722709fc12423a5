import type { MediaType } from '../src/protocol.js'
import { Problem } from './problem.js'

/** @throws Problem invalid_message for media of a kind that the stream does not take */
export function requireType(got: MediaType, wanted: MediaType): void {
  if (got === wanted) return
  throw new Problem('invalid_message', `media: got type ${got}, expected ${wanted}`, { field: 'media' })
}

/** Both count modulo 2^32. @throws Problem out_of_sequence */
export function requireInOrder(field: 'sequence' | 'position', got: number, wanted: number): void {
  if (got === wanted % 2 ** 32) return
  throw new Problem('out_of_sequence', `${field}: got ${got}, expected ${wanted}`, { field })
}
