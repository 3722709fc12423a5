import { assertAudioSamples } from '../../audio/buffers/finite.js'
import { SignalFactsMeter } from '../../audio/metering/signal-facts.js'
import { resample } from '../../audio/resample.js'
import { CutEndMeter } from './cut-ends.js'
import type { ScoredRecording } from './recording.js'

/** A block of a stream with what is heard around it. */
export interface HeardBlock {
  readonly samples: Float32Array
  readonly sampleRate: number
  /** Where the block begins in `samples`, and its length. */
  readonly lead: number
  readonly length: number
}

/**
 * The block as a recording of one segment, measured within what is heard around it.
 *
 * @throws GlowcastError NON_FINITE, INVALID_AUDIO
 */
export function blockRecording(block: HeardBlock): ScoredRecording {
  const { samples, sampleRate, lead, length } = block
  assertAudioSamples([samples], 0, 'block')
  const meter = new SignalFactsMeter(sampleRate, 1)
  meter.push([samples.subarray(lead, lead + length)])
  const facts = meter.flush()
  const behind = samples.length - lead - length
  const ends = new CutEndMeter(sampleRate)
  ends.push([samples.subarray(lead, lead + length)])
  const { start, end } = ends.ends(facts.levelDb)
  // Where something is heard beside the block, the stream goes on.
  const cutEnds = { start: start && lead === 0, end: end && behind === 0 }
  return {
    facts,
    cutEnds,
    isPart: samples.length > length,
    hash: async () => undefined,
    async *segments(modelRate) {
      const atModelRate = (count: number) => Math.round((count * modelRate) / sampleRate)
      const mono = samples.map((sample) => sample - facts.dc)
      const margins = { lead: atModelRate(lead), behind: atModelRate(behind) }
      yield { samples: resample(mono, sampleRate, modelRate), startSeconds: 0, margins }
    },
  }
}
