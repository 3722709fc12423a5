/** Share of pairs in which the damaged item scores higher than the clean one; ties count half. */
export function areaUnderCurve(clean: readonly number[], damaged: readonly number[]): number {
  let sum = 0
  for (const high of damaged) for (const low of clean) sum += high > low ? 1 : high === low ? 0.5 : 0
  return sum / (clean.length * damaged.length)
}

export function shareAtMost(values: readonly number[], most: number): number {
  return values.filter((value) => value <= most).length / values.length
}

/**
 * Kolmogorov–Smirnov test of p-values against the uniform distribution: the distance, and how often a uniform sample
 * is as far away (asymptotic series, with Stephens's correction). All p-values share one calibration, whose own
 * scatter counts as in the test of two samples: n becomes n·m / (n + m).
 */
export function uniformityTest(
  pValues: readonly number[],
  calibrationItems: number,
): { distance: number; pValue: number } {
  const sorted = [...pValues].sort((a, b) => a - b)
  const n = sorted.length
  const distance = Math.max(...sorted.map((p, i) => Math.max((i + 1) / n - p, p - i / n)))
  const root = Math.sqrt((n * calibrationItems) / (n + calibrationItems))
  const x = (root + 0.12 + 0.11 / root) * distance
  let sum = 0
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x)
  return { distance, pValue: Math.min(1, Math.max(0, sum)) }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value that at least that share of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

/** The value that a score must exceed for a conformal p of at most 0.01. */
export function thresholdOf(calibration: readonly number[]): number {
  return thresholdAt(calibration, 0.01)
}

/** The value that a score must exceed for a conformal p of at most a rate. */
export function thresholdAt(calibration: readonly number[], rate: number): number {
  const sorted = [...calibration].sort((a, b) => a - b)
  return sorted[sorted.length - Math.floor(rate * (sorted.length + 1))]!
}
