import type { SynthesisOptions } from '../../src/synthesis/options.js'
import { fieldError } from '../operations/api-error.js'

/** @throws ApiError invalid_argument for more passes than there are, and for both ways of asking at once */
export function checkPasses(
  { quality, melProjections }: Pick<SynthesisOptions, 'quality' | 'melProjections'>,
  most: number,
): void {
  if (melProjections === undefined) return
  if (quality !== undefined) {
    throw fieldError('invalid_argument', 'quality', quality, 'none beside melProjections')
  }
  if (melProjections > most) {
    throw fieldError('invalid_argument', 'melProjections', melProjections, `at most ${most}`)
  }
}
