import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { packageFolder } from '../../src/cli/files.js'
import { type Compiled, createEngine, type Engine, type NamedTensors } from '../../src/engine/index.js'
import { initializeParameters, type ParameterSpecs, type Shape, sizeOf } from '../../src/flow/parameters.js'
import { fillNormal } from '../../src/flow/random.js'
import { type WavenetConfig, wavenet, wavenetParameters } from '../../src/flow/wavenet.js'
import type { GlowcastConfig } from '../../src/models/config.js'
import { glowcastModel } from '../../src/models/glowcast.js'
import {
  carryKey,
  flowCarryShapes,
  flowChunkFunction,
  flowChunkShapes,
  weightInputs,
} from '../../src/models/glowcast-graphs.js'
import { parseTrainingConfig } from '../../src/training/config.js'
import { compileTrainStep } from '../../src/training/train-step.js'

/** Runs of each candidate, taken in turns, so that a busy machine slows all of them alike. */
const rounds = 7

interface Candidate {
  readonly name: string
  readonly macs: number
  /** Share of the bare matrix product's rate that must be held. */
  readonly wanted: number
  run(): Promise<unknown>
}

export interface SpeedRow {
  readonly name: string
  readonly gmacPerSecond: number
  /** Of ONNX Runtime's own large matrix product, in the same run. */
  readonly shareOfGemm: number
  readonly wanted: number
}

function feedsOf(compiled: Compiled): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(compiled.inputShapes).map(([name, shape], stream) => {
      const values = new Float32Array(sizeOf(shape))
      fillNormal(values, 1, stream, 0)
      return [name, values.map((value) => 0.05 * Math.abs(value))]
    }),
  )
}

async function candidate(name: string, wanted: number, compiled: Compiled): Promise<Candidate> {
  const feeds = feedsOf(compiled)
  const into = await compiled.run(feeds)
  return { name, wanted, macs: compiled.macs, run: () => compiled.run(feeds, into) }
}

function hostWeights(parameters: ParameterSpecs) {
  return initializeParameters(parameters, 1)
}

const waveglowBlock: WavenetConfig = {
  inputChannels: 4,
  outputChannels: 8,
  contextChannels: 640,
  channels: 256,
  layers: 8,
  kernelSize: 3,
  dilationBase: 2,
  causal: false,
}

/** Time steps of the WaveGlow block: 2,048 groups of 8 samples. */
const blockTime = 2048

function waveglowForward({ x, context, ...weights }: NamedTensors): NamedTensors {
  return { y: wavenet(waveglowBlock, weights, x as tf.Tensor3D, context as tf.Tensor3D) }
}

const blockShapes: Record<string, Shape> = { x: [1, blockTime, 4], context: [1, blockTime, 640] }

async function candidates(engine: Engine): Promise<Candidate[]> {
  const gemm = await engine.compile(({ a, b }) => ({ y: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) }), {
    a: [2048, 1024],
    b: [1024, 1024],
  })
  const block = await engine.compile(waveglowForward, blockShapes, {
    constants: hostWeights(wavenetParameters(waveglowBlock)),
  })
  const json: unknown = JSON.parse(
    await readFile(join(packageFolder(), 'configs', 'kathleen-kerstin.json'), 'utf8'),
  )
  const config = parseTrainingConfig(json, 'configs/kathleen-kerstin.json')
  const model = glowcastModel(config.model as GlowcastConfig)
  const [likelihoodPhase, fullPhase] = config.phases
  return [
    await candidate('bare matrix product', 1, gemm),
    await candidate('WaveGlow block, forward', 0.8, block),
    await candidate(
      'shipped config, synthesis chunk',
      0.8,
      await synthesisChunk(engine, config.model as GlowcastConfig),
    ),
    await candidate(
      'training step, likelihood',
      0.6,
      await compileTrainStep(engine, model, config, likelihoodPhase!),
    ),
    await candidate(
      'training step, all terms',
      0.6,
      await compileTrainStep(engine, model, config, fullPhase!),
    ),
  ]
}

async function synthesisChunk(engine: Engine, config: GlowcastConfig): Promise<Compiled> {
  const model = glowcastModel(config)
  const frames = 128
  const carry = flowCarryShapes(model, 'synthesis', 1)
  const carryShapes = Object.entries(carry).map(([name, shape]) => [carryKey(name), shape])
  return engine.compile(
    flowChunkFunction(model, 'synthesis', Object.keys(carry)),
    { ...flowChunkShapes(model, 1, frames), ...Object.fromEntries(carryShapes) },
    { constants: weightInputs(hostWeights(model.parameters)) },
  )
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** Rates of traced graphs beside the bare matrix product, all in one interleaved run. */
export async function engineSpeed(): Promise<SpeedRow[]> {
  await import('../../src/engine/gradients.js')
  const engine = await createEngine('onnx')
  const list = await candidates(engine)
  const times = list.map(() => [] as number[])
  for (let round = 0; round < rounds; round++) {
    for (const [index, { run }] of list.entries()) {
      const start = performance.now()
      await run()
      times[index]!.push(performance.now() - start)
    }
  }
  const rates = list.map(({ macs }, index) => macs / median(times[index]!) / 1e6)
  return list.map(({ name, wanted }, index) => ({
    name,
    gmacPerSecond: Number(rates[index]!.toFixed(1)),
    shareOfGemm: Number((rates[index]! / rates[0]!).toFixed(2)),
    wanted,
  }))
}

/** How many times faster the traced WaveGlow block is than TF.js's WASM backend; at least 5 is wanted. */
export async function speedOverWasm(): Promise<{ onnxMs: number; wasmMs: number; ratio: number }> {
  await import('@tensorflow/tfjs-backend-wasm')
  const engine = await createEngine('onnx')
  const weights = hostWeights(wavenetParameters(waveglowBlock))
  const compiled = await engine.compile(waveglowForward, blockShapes, { constants: weights })
  const feeds = feedsOf(compiled)
  await tf.setBackend('wasm')
  const tensors = Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
  )
  const inputs = Object.fromEntries(
    Object.entries(blockShapes).map(([name, shape]) => [name, tf.tensor(feeds[name]!, [...shape])]),
  )
  const onnxTimes: number[] = []
  const wasmTimes: number[] = []
  for (let round = 0; round < 3; round++) {
    let start = performance.now()
    await compiled.run(feeds)
    onnxTimes.push(performance.now() - start)
    start = performance.now()
    const output = tf.tidy(() => waveglowForward({ ...inputs, ...tensors })['y']!)
    await output.data()
    output.dispose()
    wasmTimes.push(performance.now() - start)
  }
  const [onnxMs, wasmMs] = [median(onnxTimes), median(wasmTimes)]
  return { onnxMs, wasmMs, ratio: Number((wasmMs / onnxMs).toFixed(1)) }
}
