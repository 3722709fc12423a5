/** Pieces of a recording, at least one, each with one array a channel, as one. */
export function joinChannels(pieces: readonly (readonly Float32Array[])[]): Float32Array[] {
  const length = pieces.reduce((sum, [first]) => sum + (first?.length ?? 0), 0)
  return pieces[0]!.map((_, channel) => {
    const whole = new Float32Array(length)
    let position = 0
    for (const piece of pieces) {
      whole.set(piece[channel]!, position)
      position += piece[channel]!.length
    }
    return whole
  })
}
