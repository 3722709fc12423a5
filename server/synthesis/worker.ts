import { parentPort, workerData } from 'node:worker_threads'
import { melPresets } from '../../src/audio/mel/mel.js'
import { type GlowcastModel, glowcastModel } from '../../src/models/glowcast/model.js'
import { SynthesisBatch } from '../../src/synthesis/live/batch.js'
import { framesForSamples, latencyFrames } from '../../src/synthesis/live/latency.js'
import { MachineSpeed } from '../../src/synthesis/live/machine-speed.js'
import { capacityOf, measureDurations } from '../../src/synthesis/live/measure-capacity.js'
import { LiveSynthesizer } from '../../src/synthesis/live/synthesizer.js'
import { failureOf } from '../../src/threads/failure.js'
import { ownControl } from '../../src/threads/thread-control.js'
import { loadServedModel } from '../workers/served-model.js'
import { threadEngine } from '../workers/thread-engine.js'
import type { FromWorker, StreamLatency, ToWorker, WorkerSettings } from './messages.js'

/**
 * One thread of the pool: the engine's calls block the thread that makes them, so they are made here, beside the
 * event loop that serves the sockets.
 */
const port = parentPort!

/** Two mel frames are 23 ms. Few sizes and far between: each holds a copy of the weights. */
const chunkFrames = 2
const batchSizes = [
  { size: 1, frames: chunkFrames },
  { size: 1, frames: 16 },
  { size: 8, frames: chunkFrames },
  { size: 24, frames: chunkFrames },
  { size: 8, frames: 2 * chunkFrames },
]

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

async function start(): Promise<void> {
  const { modelFolder, hash: served } = workerData as WorkerSettings
  const control = ownControl()
  const { config, weights, hash } = await loadServedModel(modelFolder, served)
  const engine = await threadEngine(control)
  const model = glowcastModel(config)
  const { alignment: _, ...mel } = melPresets[config.mel]
  const batches: SynthesisBatch[] = []
  for (const size of batchSizes) batches.push(await SynthesisBatch.create(engine, model, weights, size))
  const durations = await measureDurations(batches)
  const capacity = capacityOf(durations.call)
  const speed = new MachineSpeed(durations.flow)
  const live: LiveSynthesizer = new LiveSynthesizer(durations.call, {
    called(batch) {
      if (speed.take(batch, batch.flowMs)) {
        send({ type: 'capacity', capacity: capacityOf(durations.call, speed.value) })
      }
    },
    audio(stream, samples, last) {
      const transfer = [samples.buffer as ArrayBuffer]
      if (last) send({ type: 'ended', stream, samples, totals: live.totals(stream) }, transfer)
      else send({ type: 'audio', stream, samples }, transfer)
    },
    late: (stream) => send({ type: 'late', stream }),
    failed: (stream, error) => send({ type: 'failed', stream, failure: failureOf(error) }),
    // The thread dies of it, and another takes its place.
    broken: (error) =>
      setImmediate(() => {
        throw error
      }),
  })
  port.on('message', (message: ToWorker) => {
    if (message.type === 'stop') {
      live.closeAll()
      port.close()
      return
    }
    const { stream } = message
    try {
      if (message.type === 'open') live.open(stream, message.options, message.credit, message.payer)
      // A stream that failed a moment ago may still be spoken to.
      else if (!live.has(stream)) return
      else if (message.type === 'push') {
        live.push(stream, { data: message.data, frames: message.frames, channels: mel.melBands })
      } else if (message.type === 'flush') live.flush(stream)
      else if (message.type === 'grant') live.grant(stream, message.samples)
      else if (message.type === 'close') send({ type: 'closed', stream, totals: live.close(stream)! })
      else unknownMessage(message)
    } catch (error) {
      live.close(stream)
      send({ type: 'failed', stream, failure: failureOf(error) })
    }
  })
  const latency = {
    plain: latencies(model, false),
    ...(config.excitation ? { combed: latencies(model, true) } : {}),
    combsByDefault: config.comb,
  }
  send({ type: 'ready', engine: engine.description, hash, mel, latency, capacity })
}

function latencies(model: GlowcastModel, comb: boolean): StreamLatency[] {
  return Array.from({ length: model.config.melProjection.passes + 1 }, (_, passes) => ({
    latencyFrames: latencyFrames(model, { passes, comb, chunkFrames }),
    sufficientFrames: framesForSamples(model, 1, { passes, comb, chunkFrames }),
  }))
}

/** The build was replaced under a server that runs. */
function unknownMessage(message: never): never {
  throw new Error(`a message of an unknown type: ${JSON.stringify(message)}`)
}

await start()
