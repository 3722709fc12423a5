import { familyWiseP } from '../statistics/conformal.js'
import type { FileScore } from './file-score.js'

/** Share of the false-alarm rate for each of several detectors: it then holds whatever their dependence (Bonferroni). */
export function shareOfEach(detectors: readonly unknown[]): number {
  return 1 / detectors.length
}

/**
 * One score of several detectors: of a detector alone its own.
 *
 * @param scores of one file, each at `shareOfEach` of the false-alarm rate that is wanted
 */
export function combinedScore(scores: {
  readonly texture?: FileScore
  readonly novelty?: FileScore
}): FileScore {
  const { texture, novelty } = scores
  if (novelty === undefined) return texture!
  const pValues = { ...(texture === undefined ? {} : { texture: texture.pValue }), content: novelty.pValue }
  if (texture === undefined) return { ...novelty, pValues }
  const failed = [texture, novelty].find(({ error }) => error !== undefined)
  if (failed !== undefined) return { ...failed, pValues }
  const codes = new Set(texture.warnings.map(({ code }) => code))
  const reasons = [...new Set([...novelty.reasons, ...texture.reasons])]
  const decisions = [texture.decision, novelty.decision]
  const pValue = familyWiseP([texture.pValue!, novelty.pValue!])
  return {
    ...novelty,
    ...(texture.groupChoice === undefined ? {} : { groupChoice: texture.groupChoice }),
    bitsPerSample: texture.bitsPerSample,
    natsPerSample: texture.natsPerSample,
    pValue,
    // The detectors may cut a file differently: only its p as a whole is of both.
    segmentPValues: [pValue],
    pValues,
    decision: decisions.includes('reject') ? 'reject' : decisions.includes('retry') ? 'retry' : 'accept',
    reasons: reasons.length > 1 ? reasons.filter((reason) => reason !== 'other') : reasons,
    anomalies: [...novelty.anomalies, ...texture.anomalies],
    warnings: [...texture.warnings, ...novelty.warnings.filter(({ code }) => !codes.has(code))],
  }
}
