/**
 * How often at least `least` of some tests score above the calibration item that is `rank`-th from the top, if all scores
 * are exchangeable: the upper tail of the negative hypergeometric distribution
 * P(K = j) = C(j + rank − 1, j) · C(tests − j + n − rank, tests − j) / C(tests + n, tests).
 * Thus the scatter of the threshold, which few calibration items leave, is counted in.
 *
 * @param n calibration items
 * @param rank 1 to n
 */
export function shareAmongHighest({
  n,
  tests,
  rank,
  least,
}: {
  readonly n: number
  readonly tests: number
  readonly rank: number
  readonly least: number
}): number {
  if (least <= 0) return 1
  // P(K = 0): the `rank` highest of all are calibration items.
  let log = 0
  for (let i = 0; i < rank; i++) log += Math.log((n - i) / (n + tests - i))
  let [below, above] = [0, 0]
  for (let j = 0; j <= tests; j++) {
    if (j < least) below += Math.exp(log)
    else above += Math.exp(log)
    log += Math.log(((j + rank) / (j + 1)) * ((tests - j) / (tests - j + n - rank)))
  }
  // Each sum is exact where it is small.
  return Math.min(1, above < 0.5 ? above : 1 - below)
}
