import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import type { Frames } from '../../src/audio/buffers/frames.js'
import { loadMono } from '../../src/audio/files/audio-file.js'
import { logMel, melPresets } from '../../src/audio/mel/mel.js'
import { createEngine, type EngineName } from '../../src/engine/index.js'
import { LikelihoodModel } from '../../src/likelihood/likelihood.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { bundledModel, packageFolder } from '../../src/package-root.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'

/*
 * The tensorflow engine beside the ONNX engine, both with one thread, at the shipped model: audio, likelihood, speed,
 * and memory over a long stream. After test/native/build-tfjs-node.sh:
 *
 *   npm run build && node dist/test/bench/tensorflow.js [--chunks 4000]
 */
const { values } = parseArgs({ options: { chunks: { type: 'string', default: '4000' } } })
const { config, weights } = await loadGlowcastModel(bundledModel)
const mel = melPresets[config.mel]
const phrase = await loadMono(join(packageFolder(), 'test/fixtures/audio/speech.flac'), mel.sampleRate)
/** The phrase six times: 12 s. */
const recording = Float32Array.from({ length: 6 * phrase.length }, (_, i) => phrase[i % phrase.length]!)
const frames = logMel(recording, mel)
const rows: Record<string, Awaited<ReturnType<typeof measured>>> = {}
for (const name of ['onnx', 'tensorflow'] as const) rows[name] = await measured(name)
const { onnx, tensorflow } = rows as Record<'onnx' | 'tensorflow', Awaited<ReturnType<typeof measured>>>
console.table(
  Object.fromEntries(
    Object.entries(rows).map(([name, { bitsPerSample, realTimeFactor }]) => [
      name,
      { bitsPerSample, realTimeFactor },
    ]),
  ),
)
console.log(`audio: largest difference ${largestDifference(onnx.audio, tensorflow.audio)}`)
console.log(
  `likelihood: largest difference of a frame ${largestDifference(onnx.nats, tensorflow.nats)} nats per sample`,
)
await streamLong(Number(values.chunks))

async function measured(name: EngineName) {
  const engine = await createEngine(name, { threads: 1 })
  const vocoder = await Vocoder.create(engine, config, weights)
  const likelihood = await LikelihoodModel.create(engine, config, weights)
  await vocoder.synthesize(frames)
  let seconds = Number.POSITIVE_INFINITY
  let audio = new Float32Array()
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    audio = new Float32Array(await vocoder.synthesize(frames))
    seconds = Math.min(seconds, (performance.now() - start) / 1000)
  }
  const { bitsPerSample, frameNatsPerSample } = await likelihood.measure(recording)
  await Promise.all([vocoder.dispose(), likelihood.dispose()])
  const realTimeFactor = seconds / (audio.length / mel.sampleRate)
  return { audio, nats: frameNatsPerSample, bitsPerSample, realTimeFactor }
}

/** One stream of chunks of two frames, as a live server makes them, without an end. */
async function streamLong(chunks: number): Promise<void> {
  const vocoder = await Vocoder.create(await createEngine('tensorflow', { threads: 1 }), config, weights, {
    chunkFrames: 2,
  })
  function* endless(): Generator<Frames> {
    for (let frame = 0; ; frame = (frame + 2) % (frames.frames - 2)) {
      const data = frames.data.subarray(frame * mel.melBands, (frame + 2) * mel.melBands)
      yield { data, frames: 2, channels: mel.melBands }
    }
  }
  const start = performance.now()
  let done = 0
  let next = chunks / 10
  for await (const samples of vocoder.stream(endless())) {
    done += samples.length / (2 * mel.hopLength)
    if (done >= next) {
      report(Math.round(done))
      next += chunks / 10
    }
    if (done >= chunks) break
  }
  const seconds = (performance.now() - start) / 1000
  const audioSeconds = (done * 2 * mel.hopLength) / mel.sampleRate
  console.log(
    `${Math.round(done)} chunks of two frames: real-time factor ${(seconds / audioSeconds).toFixed(3)}`,
  )
  await vocoder.dispose()
  console.log(`after dispose: ${tf.memory().numTensors} tensors`)
}

function report(chunk: number): void {
  const { numTensors, numBytes } = tf.memory()
  const rss = Math.round(process.memoryUsage.rss() / 2 ** 20)
  console.log(`chunk ${chunk}: ${numTensors} tensors, ${numBytes} bytes, process ${rss} MiB`)
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}
