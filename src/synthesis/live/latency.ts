import { melPresets } from '../../audio/mel/mel.js'
import { type Refinement, refinementLatency } from '../../audio/mel-refinement/chain.js'
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

/** How a signal is made. */
interface Chunked extends Refinement {
  /** Mel frames in one call of the flow. */
  readonly chunkFrames: number
}

/**
 * Mel frames that must have come before the first `samples` samples of a signal can be made: the flow holds back
 * one group, what refines its sample some more, and the networks look ahead.
 */
export function framesForSamples(
  model: GlowcastModel,
  samples: number,
  { chunkFrames, ...refinement }: Chunked,
): number {
  const mel = melPresets[model.config.mel]
  const { hopLength } = mel
  const held = model.config.groupSize + refinementLatency(mel, refinement)
  const chunks = Math.ceil((samples + held) / (hopLength * chunkFrames))
  // The excitation of a frame needs the F0 of the next.
  const ahead = model.config.excitation
    ? Math.max(model.lookahead, 1 + model.pitchLookahead)
    : model.lookahead
  return chunks * chunkFrames + ahead
}

/** Mel frames that must follow a frame before its audio is complete. */
export function latencyFrames(model: GlowcastModel, chunk: Chunked): number {
  const { hopLength } = melPresets[model.config.mel]
  // The worst place of a frame in its chunk.
  const behind = Array.from(
    { length: chunk.chunkFrames },
    (_, frame) => framesForSamples(model, (frame + 1) * hopLength, chunk) - (frame + 1),
  )
  return Math.max(...behind)
}
