import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { type Compiled, createEngine, type Engine, type NamedTensors } from '../../src/engine/index.js'
import { zeroCarry } from '../../src/flow/carry.js'
import { wavenet } from '../../src/flow/networks/wavenet.js'
import { initializeParameters, type ParameterSpecs, type Shape, sizeOf } from '../../src/flow/parameters.js'
import type { GlowcastConfig } from '../../src/models/config/model-config.js'
import {
  carryKey,
  type Direction,
  flowCarryShapes,
  flowChunkFunction,
  flowChunkShapes,
} from '../../src/models/glowcast/graphs.js'
import { glowcastModel } from '../../src/models/glowcast/model.js'
import { weightInputs } from '../../src/models/weight-inputs.js'
import { fillNormal } from '../../src/numeric/random.js'
import { upperMedian } from '../../src/numeric/stats.js'
import { packageFolder } from '../../src/package-root.js'
import { Adam } from '../../src/training/adam.js'
import { parseTrainingConfig, type TrainingConfig, type TrainingPhase } from '../../src/training/config.js'
import { compileTrainStep, gradientKey, trainedNames } from '../../src/training/train-step.js'

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
  readonly threads: number
  readonly name: string
  readonly gmacPerSecond: number
  /** Of ONNX Runtime's own best large matrix product, in the same run. */
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

const waveglowBlock = wavenet({
  contextChannels: 640,
  channels: 256,
  layers: 8,
  kernelSize: 3,
  dilationBase: 2,
  causal: false,
})(4, 8)

/** Time steps of the WaveGlow block: 2,048 groups of 8 samples. */
const blockTime = 2048

function waveglowForward({ x, context, ...weights }: NamedTensors): NamedTensors {
  const condition = { context: context as tf.Tensor3D }
  return { y: waveglowBlock.apply(weights, x as tf.Tensor3D, condition, zeroCarry) }
}

const blockShapes: Record<string, Shape> = { x: [1, blockTime, 4], context: [1, blockTime, 640] }

/** Sizes of the bare product; the best of them is what the others are measured against. */
const gemmSizes = [
  [2048, 1024, 1024],
  [2048, 768, 512],
  [1024, 512, 1024],
] as const

async function gemm(
  engine: Engine,
  [rows, inner, columns]: readonly [number, number, number],
): Promise<Candidate> {
  const compiled = await engine.compile(
    ({ a, b }) => ({ y: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) }),
    { a: [rows, inner] },
    { constants: { b: { shape: [inner, columns], data: new Float32Array(inner * columns).fill(0.01) } } },
  )
  return candidate(`bare matrix product ${rows} x ${inner} x ${columns}`, 0, compiled)
}

/** A training batch of the shipped config: 16 crops of 64 groups. */
const batch = 16
const batchFrames = 32

async function candidates(engine: Engine): Promise<Candidate[]> {
  const block = await engine.compile(waveglowForward, blockShapes, {
    constants: hostWeights(waveglowBlock.parameters),
  })
  const path = join(packageFolder(), 'configs', '3-spectral.json')
  const json: unknown = JSON.parse(await readFile(path, 'utf8'))
  const config = parseTrainingConfig(json, path)
  const model = config.model as GlowcastConfig
  const phase = config.phases[0]!
  const likelihood = { ...phase, spectralEnergy: 0, melConsistency: 0 }
  return [
    ...(await Promise.all(gemmSizes.map((size) => gemm(engine, size)))),
    await candidate('WaveGlow block, forward', 0.8, block),
    await candidate('shipped config, forward', 0.8, await flowChunk(engine, model, 'density')),
    await candidate('shipped config, inverse', 0.8, await flowChunk(engine, model, 'synthesis')),
    await trainingStep('training step, likelihood', engine, config, likelihood),
    await trainingStep('training step, all terms', engine, config, phase),
  ]
}

/** Graph and optimiser, as the trainer runs them. */
async function trainingStep(
  name: string,
  engine: Engine,
  config: TrainingConfig,
  phase: TrainingPhase,
): Promise<Candidate> {
  const model = glowcastModel(config.model as GlowcastConfig)
  const compiled = await compileTrainStep(engine, model, config, phase)
  const names = trainedNames(model.parameters, phase)
  const adam = new Adam(model.parameters, config)
  const into = Object.fromEntries(names.map((weight) => [gradientKey(weight), adam.gradients[weight]!]))
  const feeds = feedsOf(compiled)
  for (const [input, data] of Object.entries(adam.tensors)) {
    if (!Object.hasOwn(feeds, input)) continue
    data.set(feeds[input]!)
    feeds[input] = data
  }
  return {
    name,
    macs: compiled.macs,
    wanted: 0.6,
    async run() {
      await compiled.run(feeds, into)
      // A rate of zero: the weights of all runs are the same.
      adam.step(names, { step: 1, rate: 0, norm: adam.gradientNorm(names), keep: 0.01 })
    },
  }
}

async function flowChunk(engine: Engine, config: GlowcastConfig, direction: Direction): Promise<Compiled> {
  const model = glowcastModel(config)
  const carry = flowCarryShapes(model, direction, batch)
  const carryShapes = Object.entries(carry).map(([name, shape]) => [carryKey(name), shape])
  return engine.compile(
    flowChunkFunction(model, direction, Object.keys(carry)),
    { ...flowChunkShapes(model, batch, batchFrames), ...Object.fromEntries(carryShapes) },
    { constants: weightInputs(hostWeights(model.parameters)) },
  )
}

/** Rates of traced graphs beside the best bare matrix product, all in one interleaved run. */
export async function engineSpeed(threads: number): Promise<SpeedRow[]> {
  await import('../../src/engine/runtime/gradients.js')
  const list = await candidates(await createEngine('onnx', { threads }))
  const times = list.map(() => [] as number[])
  for (let round = 0; round < rounds; round++) {
    for (const [index, { run }] of list.entries()) {
      const start = performance.now()
      await run()
      times[index]!.push(performance.now() - start)
    }
  }
  const rates = list.map(({ macs }, index) => macs / upperMedian(times[index]!) / 1e6)
  const best = Math.max(...rates.slice(0, gemmSizes.length))
  return list.map(({ name, wanted }, index) => ({
    threads,
    name,
    gmacPerSecond: Number(rates[index]!.toFixed(1)),
    shareOfGemm: Number((rates[index]! / best).toFixed(2)),
    wanted,
  }))
}

/** How many times faster the traced WaveGlow block is than TF.js's WASM backend; at least 5 is wanted. */
export async function speedOverWasm(): Promise<{ onnxMs: number; wasmMs: number; ratio: number }> {
  await import('@tensorflow/tfjs-backend-wasm')
  const engine = await createEngine('onnx')
  const weights = hostWeights(waveglowBlock.parameters)
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
  const [onnxMs, wasmMs] = [upperMedian(onnxTimes), upperMedian(wasmTimes)]
  return { onnxMs, wasmMs, ratio: Number((wasmMs / onnxMs).toFixed(1)) }
}
