import { agreementSurprise, largestAgreement, type PlaceReferences, peakSurprise } from './place-reference.js'
import type { StretchMeasurement } from './recording-meter.js'
import { peakOf } from './segments.js'
import { familyDeviations, frameDeviations } from './texture-reference.js'

/**
 * How unusual the strongest place of any kind is: of waveform, of latents, or of both. That is what is calibrated, so
 * that a mark's p is of all kinds at once.
 */
export function strongestPlace(references: PlaceReferences, measurement: StretchMeasurement): number {
  const { statistics } = measurement
  const { gaps, clicks, flatTops } = familyDeviations(references.reference, statistics)
  const deviations = frameDeviations(references.reference, statistics)
  return Math.max(
    gaps,
    clicks,
    flatTops,
    peakSurprise(references, measurement, peakOf(deviations)),
    agreementSurprise(references, measurement, largestAgreement(measurement, deviations)),
  )
}
