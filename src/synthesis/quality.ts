import { maxMelProjections } from '../models/config/limits.js'

/** How much of the time that there is a sound is worth: the number of passes toward the mel. */
export const qualities = ['fast', 'balanced', 'best'] as const
export type Quality = (typeof qualities)[number]

/** `balanced` is what the model was measured with; what each gives and costs is in the benchmarks. */
const shares: Record<Quality, number> = { fast: 3 / 8, balanced: 1, best: 2 }

/** @param modelPasses of the model */
export function passesFor(quality: Quality, modelPasses: number): number {
  return Math.min(maxMelProjections, Math.ceil(shares[quality] * modelPasses))
}
