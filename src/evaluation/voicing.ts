import type { PitchTrack } from '../audio/pitch/pitch.js'

export interface VoicingFigures {
  /** Mean |1200 log2(F0_synthesis / F0_reference)| over frames that both call voiced; null without any. */
  readonly f0ErrorCents: number | null
  /** Of the frames voiced in the synthesis, the part voiced in the reference; null without any. */
  readonly voicingPrecision: number | null
  /** Of the frames voiced in the reference, the part voiced in the synthesis; null without any. */
  readonly voicingRecall: number | null
  /** RMS difference of the normalised correlation at each track's pitch lag, 0 where unvoiced; null without frames. */
  readonly periodicityError: number | null
  /** Harmonic mean of both: 2 both / (reference + synthesis); null where neither is ever voiced. */
  readonly voicingF1: number | null
}

/**
 * How well a synthesis keeps the pitch of its reference, frame by frame, over the frames that both have.
 *
 * The periodicity error is that of CARGAN (Morrison et al. 2022) with our tracker's correlation in place of
 * CREPE's confidence: figures of the two are not comparable.
 *
 * @param reference, synthesis F0 tracks of the same hopLength
 */
export function compareVoicing(reference: PitchTrack, synthesis: PitchTrack): VoicingFigures {
  const frames = Math.min(reference.f0Hz.length, synthesis.f0Hz.length)
  let inReference = 0
  let inSynthesis = 0
  let inBoth = 0
  let cents = 0
  let squares = 0
  for (let frame = 0; frame < frames; frame++) {
    const wanted = reference.f0Hz[frame]!
    const got = synthesis.f0Hz[frame]!
    squares += ((synthesis.voicing?.[frame] ?? 0) - (reference.voicing?.[frame] ?? 0)) ** 2
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
    periodicityError: frames > 0 ? Math.sqrt(squares / frames) : null,
    voicingF1: ratio(2 * inBoth, inReference + inSynthesis),
  }
}
