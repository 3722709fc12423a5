import * as tf from '@tensorflow/tfjs-core'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import {
  type Compiled,
  type CompileOptions,
  checkArrays,
  type Engine,
  type HostArrays,
  type SizedCompiled,
  type SizedFunction,
} from './engine.js'
import type { Shape } from './graph-builder.js'
import { lengthsInput, mergeTraces, type Sizes } from './merge-traces.js'
import { type Device, type Placement, placedSession, requireDevice } from './onnx-device.js'
import { writeOnnxModel } from './onnx-writer.js'
import { inputPrefix, outputPrefix, type TraceableFunction, traceGraph, traceToOnnx } from './trace.js'

type Runtime = typeof import('onnxruntime-node')

/** Errors only: warnings of the optimiser are not for users. */
const logSeverityLevel = 3

export interface OnnxEngineOptions {
  readonly threads?: number
  /** Default: the CPU. */
  readonly device?: Device
  /** Told of every graph that is compiled for another device. */
  readonly placed?: (placement: Placement) => void
}

/**
 * Compiles to ONNX Runtime. Its Node binding computes inside the event loop: a call blocks other JavaScript until it
 * is done, however many threads it uses.
 *
 * @throws GlowcastError ENGINE_UNAVAILABLE for a device that this build lacks or that does not start
 */
export async function createOnnxEngine(options: OnnxEngineOptions = {}): Promise<Engine> {
  const runtime: Runtime = await import('onnxruntime-node')
  const { threads, device = 'cpu' } = options
  if (device !== 'cpu') {
    const { model } = traceToOnnx(({ x }) => ({ y: tf.add(x!, 1) }), { x: [1] })
    await requireDevice(runtime, device, model)
  }
  const version = runtime.env.versions.node ?? ''
  const place = device === 'cpu' ? `the CPU, ${threads ?? 'all'} threads` : device
  return {
    name: 'onnx',
    description: `ONNX Runtime ${version} on ${place}`,
    compile: (fn, inputShapes, compileOptions = {}) =>
      compile(runtime, fn, inputShapes, { ...options, ...compileOptions }),
    compileSized: (fn, compileOptions = {}) => compileSized(runtime, fn, { ...options, ...compileOptions }),
  }
}

async function compile(
  runtime: Runtime,
  fn: TraceableFunction,
  inputShapes: Readonly<Record<string, Shape>>,
  options: OnnxEngineOptions & CompileOptions,
): Promise<Compiled> {
  const start = performance.now()
  const { model, outputShapes, nodeCount, macs } = traceToOnnx(fn, inputShapes, options)
  const shapes = { inputShapes, outputShapes }
  const session = await createSession(runtime, model, options, (made) =>
    run(runtime, made, shapes, zerosOf(inputShapes), undefined),
  )
  return {
    inputShapes,
    outputShapes,
    nodeCount,
    macs,
    compileMs: performance.now() - start,
    run: (feeds, into) => run(runtime, session, shapes, feeds, into),
    dispose: () => session.release(),
  }
}

async function compileSized(
  runtime: Runtime,
  sized: SizedFunction,
  options: OnnxEngineOptions & CompileOptions,
): Promise<SizedCompiled> {
  const { base, steps, check } = sized.probes
  const further = steps.map((step, i) => base.map((size, j) => (i === j ? size + step : size)))
  // Weights are in the first trace only: the others tell lengths.
  const ghosts = Object.entries(options.constants ?? {}).map(([name, { shape }]) => [
    name,
    { shape, data: new Float32Array(0) },
  ])
  const traces = [base, ...further, check].map((sizes, i) => {
    const { fn, inputShapes } = sized.at(sizes)
    const constants = i === 0 ? (options.constants ?? {}) : Object.fromEntries(ghosts)
    return traceGraph(fn, inputShapes, { ...options, constants }, true)
  })
  const { graph, lengthsAt } = mergeTraces(traces, sized.probes)
  const names = Object.keys(traces[0]!.outputShapes)
  const runAt = async (session: InferenceSession, sizes: Sizes, feeds: HostArrays) => {
    const { inputShapes } = sized.at(sizes)
    checkArrays({ inputShapes }, feeds)
    const inputs = feedTensors(runtime, inputShapes, feeds)
    if (graph.inputs.some(({ name }) => name === lengthsInput)) {
      inputs[lengthsInput] = new runtime.Tensor('int64', lengthsAt(sizes))
    }
    const fetches = Object.fromEntries(names.map((name) => [`${outputPrefix}${name}`, null]))
    return outputArrays(await session.run(inputs, fetches), names)
  }
  const session = await createSession(runtime, writeOnnxModel(graph), options, (made) =>
    runAt(made, base, zerosOf(sized.at(base).inputShapes)),
  )
  return {
    run: (sizes, feeds) => runAt(session, sizes, feeds),
    dispose: () => session.release(),
  }
}

type Shapes = Pick<Compiled, 'inputShapes' | 'outputShapes'>

/** @param tryOut runs the session once, which shows on a device what was placed where */
async function createSession(
  runtime: Runtime,
  model: Uint8Array,
  { threads, device = 'cpu', placed, name = 'graph' }: OnnxEngineOptions & CompileOptions,
  tryOut: (session: InferenceSession) => Promise<HostArrays>,
): Promise<InferenceSession> {
  const create = (further: InferenceSession.SessionOptions = {}) =>
    runtime.InferenceSession.create(model, {
      executionProviders: [device],
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      graphOptimizationLevel: 'all',
      logSeverityLevel,
      // Planning all intermediates as one block makes a training step no faster and 0.4 GB larger.
      enableMemPattern: false,
      extra: {
        session: {
          // Denormals in decaying states would cost a hundred times a normal product.
          set_denormal_as_zero: '1',
          // Threads that spin while they wait take the cores from whatever else runs: with another process
          // beside it a training step took 1.6 times as long. As long as the gap between two operations they may.
          intra_op: { allow_spinning: '1', spin_duration_us: '20' },
        },
      },
      ...further,
    })
  if (device === 'cpu') return create()
  const { session, placement } = await placedSession({ graph: name, device }, create, tryOut)
  placed?.(placement)
  return session
}

async function run(
  runtime: Runtime,
  session: InferenceSession,
  { inputShapes, outputShapes }: Shapes,
  feeds: HostArrays,
  into: HostArrays | undefined,
): Promise<HostArrays> {
  checkArrays({ inputShapes, outputShapes }, feeds, into)
  const names = Object.keys(outputShapes)
  const fetches = Object.fromEntries(
    names.map((name) => {
      const target = into?.[name]
      const tensor = target && new runtime.Tensor('float32', target, outputShapes[name]!)
      return [`${outputPrefix}${name}`, tensor ?? null]
    }),
  )
  return outputArrays(await session.run(feedTensors(runtime, inputShapes, feeds), fetches), names)
}

function feedTensors(
  runtime: Runtime,
  inputShapes: Readonly<Record<string, Shape>>,
  feeds: HostArrays,
): Record<string, Tensor> {
  const tensors = Object.entries(inputShapes).map(([name, shape]) => [
    `${inputPrefix}${name}`,
    new runtime.Tensor('float32', feeds[name]!, shape),
  ])
  return Object.fromEntries(tensors)
}

function outputArrays(outputs: InferenceSession.ReturnType, names: readonly string[]): HostArrays {
  return Object.fromEntries(
    names.map((name) => [name, outputs[`${outputPrefix}${name}`]!.data as Float32Array]),
  )
}

function zerosOf(shapes: Readonly<Record<string, Shape>>): HostArrays {
  const zeros = Object.entries(shapes).map(([name, shape]) => [
    name,
    new Float32Array(shape.reduce((product, length) => product * length, 1)),
  ])
  return Object.fromEntries(zeros)
}
