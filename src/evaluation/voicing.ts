import type { PitchTrack } from '../audio/pitch.js'

export interface VoicingFigures {
  /** Mean |1200 log2(F0_synthesis / F0_reference)| over frames that both call voiced; null without any. */
  readonly f0ErrorCents: number | null
  /** Of the frames voiced in the synthesis, the part voiced in the reference; null without any. */
  readonly voicingPrecision: number | null
  /** Of the frames voiced in the reference, the part voiced in the synthesis; null without any. */
  readonly voicingRecall: number | null
  /** Harmonic mean of both: 2 both / (reference + synthesis); null where neither is ever voiced. */
  readonly voicingF1: number | null
}

/**
 * How well a synthesis keeps the pitch of its reference, frame by frame, over the frames that both have.
 *
 * @param reference, synthesis F0 tracks of the same hopLength
 */
export function compareVoicing(reference: PitchTrack, synthesis: PitchTrack): VoicingFigures {
  const frames = Math.min(reference.f0Hz.length, synthesis.f0Hz.length)
  let inReference = 0
  let inSynthesis = 0
  let inBoth = 0
  let cents = 0
  for (let frame = 0; frame < frames; frame++) {
    const wanted = reference.f0Hz[frame]!
    const got = synthesis.f0Hz[frame]!
    if (wanted > 0) inReference++
    if (got > 0) inSynthesis++
    if (wanted > 0 && got > 0) {
      inBoth++
      cents += Math.abs(1200 * Math.log2(got / wanted))
    }
  }
  const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : null)
  return {
    f0ErrorCents: ratio(cents, inBoth),
    voicingPrecision: ratio(inBoth, inSynthesis),
    voicingRecall: ratio(inBoth, inReference),
    voicingF1: ratio(2 * inBoth, inReference + inSynthesis),
  }
}
