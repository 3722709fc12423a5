import { melPresets } from '../../audio/mel/mel.js'
import type { GlowcastModel } from '../../models/glowcast/model.js'
import { passesFor, type Quality } from '../quality.js'

/** Each pass delays the sound by 35 ms: those that a live stream makes unless it says otherwise. */
const defaultLivePasses = 3

/**
 * Passes of a live stream, at most those of the model.
 *
 * @param modelPasses of the model, which whole files make all of unless they say otherwise
 */
export function livePasses(modelPasses: number, quality?: Quality): number {
  return Math.min(modelPasses, quality === undefined ? defaultLivePasses : passesFor(quality, modelPasses))
}

/**
 * Mel frames that must have come before the first `samples` samples of a signal can be made: the flow holds back
 * one group, each pass toward the mel three hops, and the networks look ahead.
 *
 * @param projections passes toward the mel
 * @param chunkFrames the flow runs in chunks of so many frames
 */
export function framesForSamples(
  model: GlowcastModel,
  samples: number,
  { projections, chunkFrames }: { projections: number; chunkFrames: number },
): number {
  const { fftSize, hopLength } = melPresets[model.config.mel]
  const held = model.config.groupSize + projections * (fftSize - hopLength)
  const chunks = Math.ceil((samples + held) / (hopLength * chunkFrames))
  // The excitation of a frame needs the F0 of the next.
  const ahead = model.config.excitation
    ? Math.max(model.lookahead, 1 + model.pitchLookahead)
    : model.lookahead
  return chunks * chunkFrames + ahead
}

/** Mel frames that must follow a frame before its audio is complete. */
export function latencyFrames(
  model: GlowcastModel,
  chunk: { projections: number; chunkFrames: number },
): number {
  const { hopLength } = melPresets[model.config.mel]
  // The worst place of a frame in its chunk.
  const behind = Array.from(
    { length: chunk.chunkFrames },
    (_, frame) => framesForSamples(model, (frame + 1) * hopLength, chunk) - (frame + 1),
  )
  return Math.max(...behind)
}
