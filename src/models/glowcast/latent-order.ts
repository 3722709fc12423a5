import { permutationByName } from '../../flow/bijectors/permutation.js'
import { type LayerConfig, writtenOut } from '../config/layer-config.js'
import type { GlowcastConfig } from '../config/model-config.js'

/**
 * Which frequency each latent channel stands for: entry c is the MDCT bin that the permutations of the flow carry
 * to channel c. Couplings only scale and shift a bin; a learned 1x1 convolution mixes, and counts as the
 * permutation that it started from.
 */
export function latentBins({ flow, groupSize }: GlowcastConfig): number[] {
  return permuted(
    writtenOut(flow),
    Array.from({ length: groupSize }, (_, bin) => bin),
  )
}

function permuted(flow: readonly LayerConfig[], start: number[]): number[] {
  let bins = start
  for (const [index, layer] of flow.entries()) {
    if (layer.type === 'early-output') {
      const rest = permuted(flow.slice(index + 1), bins.slice(layer.channels))
      return [...bins.slice(0, layer.channels), ...rest]
    }
    if (layer.type !== 'invertible-conv1x1' || layer.form === 'dense') continue
    const next = bins.slice()
    permutationByName(layer.permutation, bins.length).forEach((target, source) => {
      next[target] = bins[source]!
    })
    bins = next
  }
  return bins
}
