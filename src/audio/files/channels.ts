import { concatFloats } from '../../numeric/concat-floats.js'

/** Pieces of a recording, at least one, each with one array a channel, as one. */
export function joinChannels(pieces: readonly (readonly Float32Array[])[]): Float32Array[] {
  return pieces[0]!.map((_, channel) => concatFloats(pieces.map((piece) => piece[channel]!)))
}

/** Mean of the channels; the samples of a mono recording are not copied. */
export function toMono({ channels }: { readonly channels: readonly Float32Array[] }): Float32Array {
  const [first] = channels
  if (channels.length === 1 && first !== undefined) return first
  return Float32Array.from(first ?? [], (_, i) => {
    let sum = 0
    for (const channel of channels) sum += channel[i]!
    return sum / channels.length
  })
}
