/** Up to this many cents two F0 are of one voice: the passes toward the mel then move harmonics by nothing that is heard. */
const sameCents = 50
/** From this many on a harmonic of the one lies where the other has a valley, low in the spectrum already. */
const otherCents = 150

/**
 * How far a given F0 and that of a mel's frame are the same, from 0 to 1.
 *
 * @param given in Hz, 0 where unvoiced
 * @param ofMel likewise
 */
export function f0Agreement(given: number, ofMel: number): number {
  if (given === 0 || ofMel === 0) return given === ofMel ? 1 : 0
  const cents = 1200 * Math.abs(Math.log2(given / ofMel))
  return Math.min(1, Math.max(0, (otherCents - cents) / (otherCents - sameCents)))
}
