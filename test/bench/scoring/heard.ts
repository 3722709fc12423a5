import { type SignalFacts, SignalFactsMeter } from '../../../src/audio/metering/signal-facts.js'
import type { HeardSegment } from '../../../src/scoring/recording/recording.js'

export function factsOf(waveform: Float32Array, sampleRate: number): SignalFacts {
  const facts = new SignalFactsMeter(sampleRate, 1)
  facts.push([waveform])
  return facts.flush()
}

/** As `glowcast score` reads a short file of it. */
export function heardOf(samples: Float32Array): HeardSegment {
  return { samples, startSeconds: 0, margins: { lead: 0, behind: 0 } }
}
