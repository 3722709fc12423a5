import type { Refinement } from '../../src/audio/mel-refinement/chain.js'
import type { SynthesisOptions } from '../../src/synthesis/options.js'
import { fieldError } from '../operations/api-error.js'
import type { StreamLatencies, StreamLatency } from './messages.js'

/** Passes that a stream may ask for. */
export function maxPasses({ plain }: StreamLatencies): number {
  return plain.length - 1
}

/** Of a refinement that was checked. */
export function latencyOf({ plain, combed = plain }: StreamLatencies, refinement: Refinement): StreamLatency {
  return (refinement.comb ? combed : plain)[refinement.passes]!
}

/**
 * @throws ApiError invalid_argument for more passes than there are, for both ways of asking for them at once, and for a comb
 *   that the model cannot have
 */
export function checkRefinement(
  { quality, melProjections, comb }: Pick<SynthesisOptions, 'quality' | 'melProjections' | 'comb'>,
  latency: StreamLatencies,
): void {
  if (comb === true && latency.combed === undefined) {
    throw fieldError('invalid_argument', 'comb', 'true', 'false: the model has no pitch')
  }
  if (melProjections === undefined) return
  if (quality !== undefined) {
    throw fieldError('invalid_argument', 'quality', quality, 'none beside melProjections')
  }
  const most = maxPasses(latency)
  if (melProjections > most) {
    throw fieldError('invalid_argument', 'melProjections', melProjections, `at most ${most}`)
  }
}
