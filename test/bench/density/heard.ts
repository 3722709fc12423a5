import { CutEndMeter } from '../../../src/density/cut-ends.js'
import { endMargins, type HeardStretch } from '../../../src/density/recording.js'
import { type SignalFacts, SignalFactsMeter } from '../../../src/density/signal-facts.js'

export function factsOf(waveform: Float32Array, sampleRate: number): SignalFacts {
  const facts = new SignalFactsMeter(sampleRate, 1)
  facts.push([waveform])
  return facts.flush()
}

/** As `glowcast score` reads a file of it. */
export function heardOf(samples: Float32Array, sampleRate: number): HeardStretch {
  const ends = new CutEndMeter(sampleRate)
  ends.push([samples])
  const { levelDb } = factsOf(samples, sampleRate)
  const margins = endMargins(ends.ends(levelDb), samples.length, sampleRate)
  return { samples, startSeconds: margins.lead / sampleRate, margins }
}
