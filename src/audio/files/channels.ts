import { concatFloats } from '../../numeric/concat-floats.js'

/** Pieces of a recording, at least one, each with one array a channel, as one. */
export function joinChannels(pieces: readonly (readonly Float32Array[])[]): Float32Array[] {
  return pieces[0]!.map((_, channel) => concatFloats(pieces.map((piece) => piece[channel]!)))
}
