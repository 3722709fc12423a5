import { melPresets } from '../../audio/mel/mel.js'
import { silentLogMel } from '../../models/glowcast/mel-normalization.js'
import { upperMedian } from '../../numeric/stats.js'
import { Signal } from '../signal.js'
import type { SynthesisBatch } from './batch.js'
import { samplesOf } from './batch-row.js'
import { livePasses } from './latency.js'

/** Share of the throughput at start that is promised: the rest is for messages, other work and bad moments. */
const promisedAtStart = 0.7
/** Of the throughput beside streams, messages and other work: the rest is for bad moments. */
const promisedAtWork = 0.85
/** Calls until a signal is under way: its passes toward the mel, and the comb, hold back twelve frames. */
const warmUpFrames = 16
const runs = 5

/** How long things take, in ms, by batch. */
export interface Durations {
  /** A call with all its rows. */
  readonly call: ReadonlyMap<SynthesisBatch, number>
  /** The flow of a call. */
  readonly flow: ReadonlyMap<SynthesisBatch, number>
}

/** How long calls take on made-up, voiced mel. Warms every graph up on the way. */
export async function measureDurations(batches: readonly SynthesisBatch[]): Promise<Durations> {
  const call = new Map<SynthesisBatch, number>()
  const flow = new Map<SynthesisBatch, number>()
  for (const batch of batches) {
    const { melBands, logFloor } = melPresets[batch.model.config.mel]
    const warmUps = Math.ceil(warmUpFrames / batch.frames)
    const frames = (warmUps + runs + 1) * batch.frames + 16
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
    for (let run = 0; run < warmUps; run++) await runAll(batch, signals)
    const callMs: number[] = []
    const flowMs: number[] = []
    for (let run = 0; run < runs; run++) {
      const started = performance.now()
      await runAll(batch, signals)
      callMs.push(performance.now() - started)
      flowMs.push(batch.flowMs)
    }
    call.set(batch, upperMedian(callMs))
    flow.set(batch, upperMedian(flowMs))
  }
  return { call, flow }
}

async function runAll(batch: SynthesisBatch, signals: readonly Signal[]): Promise<void> {
  for (const made of await batch.run(signals)) samplesOf(made)
}

/**
 * How many streams one thread carries in real time, by the batch of the shortest chunks that does most: a client that
 * sends its mel in small pieces leaves nothing for longer ones.
 *
 * @param durations of calls at start
 * @param speed of the machine since, of 1 at start
 */
export function capacityOf(durations: ReadonlyMap<SynthesisBatch, number>, speed = 1): number {
  const shortest = Math.min(...[...durations.keys()].map(({ frames }) => frames))
  const short = [...durations].filter(([{ frames }]) => frames === shortest)
  const streams = short.map(([{ model, size, frames }, ms]) => {
    const { hopLength, sampleRate } = melPresets[model.config.mel]
    return (1000 * size * frames * hopLength) / sampleRate / ms
  })
  const promised = Math.min(promisedAtStart * Math.max(1, speed), promisedAtWork * speed)
  return promised * Math.max(...streams)
}
