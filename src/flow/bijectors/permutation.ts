/** `permutation[i]` is the output channel that input channel i goes to. */
export type Permutation = readonly number[]

/** Names that a config may use; each half then sees its neighbours in frequency (see the design). */
export type PermutationName = 'identity' | 'even-odd' | 'swap-halves' | 'reverse'

export function permutationByName(name: PermutationName, channels: number): Permutation {
  const half = channels >> 1
  switch (name) {
    case 'identity':
      return Array.from({ length: channels }, (_, i) => i)
    case 'even-odd':
      return Array.from({ length: channels }, (_, i) => (i % 2 === 0 ? i / 2 : channels - half + (i - 1) / 2))
    case 'swap-halves':
      return Array.from({ length: channels }, (_, i) => (i + half) % channels)
    case 'reverse':
      return Array.from({ length: channels }, (_, i) => channels - 1 - i)
  }
}

/** Row-major [channels, channels] with x · matrix = permuted x. */
export function permutationMatrix(permutation: Permutation): Float32Array {
  const channels = permutation.length
  const matrix = new Float32Array(channels * channels)
  permutation.forEach((target, source) => {
    matrix[source * channels + target] = 1
  })
  return matrix
}
