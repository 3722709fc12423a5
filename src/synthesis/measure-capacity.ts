import { melPresets } from '../audio/mel.js'
import { silentLogMel } from '../models/mel-normalization.js'
import type { SynthesisBatch } from './batch.js'
import { livePasses } from './latency.js'
import { Signal } from './signal.js'

/** Share of the measured throughput that is promised: the rest is for messages, other work and bad moments. */
const promised = 0.75
const runs = 4

/**
 * How many streams one thread carries in real time: each batch makes a few chunks of made-up, voiced mel, the
 * cheapest a stream counts. Warms every graph up on the way.
 */
export async function measureCapacity(batches: readonly SynthesisBatch[]): Promise<number> {
  let best = 0
  for (const batch of batches) {
    const { hopLength, sampleRate, melBands, logFloor } = melPresets[batch.model.config.mel]
    const frames = (runs + 2) * batch.frames + 16
    const data = new Float32Array(frames * melBands).fill(0.3 * silentLogMel(logFloor))
    const signals = Array.from(
      { length: batch.size },
      (_, seed) =>
        new Signal(batch.model, batch.carryShapes, {
          seed,
          f0Hz: new Float32Array(frames).fill(180),
          melProjections: livePasses(batch.model.config.melProjection.passes),
        }),
    )
    for (const signal of signals) signal.push({ data, frames, channels: melBands })
    await batch.run(signals)
    const times: number[] = []
    for (let run = 0; run < runs; run++) {
      const started = performance.now()
      await batch.run(signals)
      times.push((performance.now() - started) / 1000)
    }
    times.sort((a, b) => a - b)
    const seconds = (batch.frames * hopLength) / sampleRate
    best = Math.max(best, (batch.size * seconds) / times[Math.floor(runs / 2)]!)
  }
  return Math.max(1, Math.floor(promised * best))
}
