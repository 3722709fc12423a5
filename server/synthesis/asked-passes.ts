import type { SynthesisOptions } from '../../src/synthesis/options.js'
import { ApiError } from '../operations/api-error.js'

/** @throws ApiError invalid_argument for more passes than there are, and for both ways of asking at once */
export function checkPasses(
  { quality, melProjections }: Pick<SynthesisOptions, 'quality' | 'melProjections'>,
  most: number,
): void {
  if (melProjections === undefined) return
  if (quality !== undefined) refuse('quality', quality, 'none beside melProjections')
  if (melProjections > most) refuse('melProjections', melProjections, `at most ${most}`)
}

function refuse(field: string, got: string | number, expected: string): never {
  throw new ApiError('invalid_argument', `${field}: got ${got}, expected ${expected}`, { field })
}
