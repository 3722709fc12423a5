import * as tf from '@tensorflow/tfjs-core'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { invalidArgument } from '../../errors.js'
import { product } from '../../numeric/stats.js'
import {
  inputPrefix,
  type NamedTensors,
  outputPrefix,
  type TraceableFunction,
  traceGraph,
  traceToOnnx,
} from '../compile.js'
import type { Shape } from '../graph/builder.js'
import { writeOnnxModel } from '../graph/onnx-writer.js'
import type { Precision } from '../passes/precision.js'
import { byteProductsAreExact } from '../passes/quantize-int8.js'
import { lengthsInput, type Sizes, withSymbolicShapes } from '../symbolic-shapes.js'
import {
  type Compiled,
  type CompileOptions,
  checkArrays,
  type Engine,
  type HostArrays,
  type ShapeSpecialisedCompiled,
  type ShapeSpecialisedFunction,
} from './engine.js'
import { type Device, type Placement, placedSession, requireDevice } from './onnx-device.js'
import { type LoadOnnxRuntime, loadOnnxRuntime, type OnnxRuntime } from './onnx-runtime.js'

/** Errors only: warnings of the optimiser are not for users. */
const logSeverityLevel = 3

export interface OnnxEngineOptions {
  readonly threads?: number
  /** Default: the CPU. */
  readonly device?: Device
  /** Of the products with a model's weights. Default: float32. */
  readonly precision?: Precision
  /** Told of every graph that is compiled for another device. */
  readonly placed?: (placement: Placement) => void
}

/**
 * Compiles to ONNX Runtime. Its Node binding computes inside the event loop: a call blocks other JavaScript until it
 * is done, however many threads it uses.
 *
 * @param load gives the runtime
 * @throws GlowcastError ENGINE_UNAVAILABLE when it does not load, and for a device that this build lacks or that does
 *   not start
 */
export async function createOnnxEngine(
  options: OnnxEngineOptions = {},
  load?: LoadOnnxRuntime,
): Promise<Engine> {
  const runtime = await loadOnnxRuntime(load)
  const { threads, device = 'cpu', precision = 'float32' } = options
  requirePrecision(precision, device)
  if (device !== 'cpu') {
    await tryDevice(runtime, device, precision)
  }
  const preciseBytes = precision === 'int8' && !(await byteProductsAreExact(runtime))
  const version = runtime.env.versions.node ?? ''
  const place = device === 'cpu' ? `the CPU, ${threads ?? 'all'} threads` : device
  return {
    name: 'onnx',
    description: `ONNX Runtime ${version} on ${place}${precision === 'float32' ? '' : `, ${precision}`}`,
    compile: (fn, inputShapes, compileOptions = {}) =>
      compile(runtime, fn, inputShapes, { ...options, ...compileOptions, preciseBytes }),
    compileShapeSpecialised: (fn, compileOptions = {}) =>
      compileShapeSpecialised(runtime, fn, { ...options, ...compileOptions, preciseBytes }),
  }
}

/** @throws GlowcastError ENGINE_UNAVAILABLE */
async function tryDevice(runtime: OnnxRuntime, device: Device, precision: Precision): Promise<void> {
  const side = 32
  const w = { shape: [side, side], data: new Float32Array(side * side).fill(1) }
  const product = (inputs: NamedTensors) => ({
    y: tf.matMul(inputs['x'] as tf.Tensor2D, inputs['w'] as tf.Tensor2D),
  })
  const { model } = traceToOnnx(product, { x: [1, side] }, { constants: { w }, precision })
  const x = new runtime.Tensor('float32', new Float32Array(side), [1, side])
  await requireDevice(runtime, { device, precision }, model, { [`${inputPrefix}x`]: x })
}

type SessionOptions = OnnxEngineOptions & CompileOptions & { readonly preciseBytes: boolean }

/** @throws GlowcastError INVALID_ARGUMENT for a precision that the device does not have */
function requirePrecision(precision: Precision, device: Device): void {
  const had: Partial<Record<Precision, readonly Device[]>> = { int8: ['cpu'], bfloat16: ['cpu', 'cuda'] }
  const those = had[precision]
  if (those === undefined || those.includes(device)) return
  const got = `${precision} with device ${device}`
  throw invalidArgument('precision', got, `device ${those.join(' or ')}`)
}

function lacksHalfProducts({ device = 'cpu' }: SessionOptions): boolean {
  return device === 'cpu'
}

async function compile(
  runtime: OnnxRuntime,
  fn: TraceableFunction,
  inputShapes: Readonly<Record<string, Shape>>,
  options: SessionOptions,
): Promise<Compiled> {
  const start = performance.now()
  const { model, outputShapes, nodeCount, macs } = traceToOnnx(fn, inputShapes, {
    ...options,
    onlyRounded: lacksHalfProducts(options),
  })
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

async function compileShapeSpecialised(
  runtime: OnnxRuntime,
  sized: ShapeSpecialisedFunction,
  options: SessionOptions,
): Promise<ShapeSpecialisedCompiled> {
  const { base, steps, check } = sized.sampleShapes
  const further = steps.map((step, i) => base.map((size, j) => (i === j ? size + step : size)))
  // Weights are in the first trace only: the others tell lengths.
  const ghosts = Object.entries(options.constants ?? {}).map(([name, { shape }]) => [
    name,
    { shape, data: new Float32Array(0) },
  ])
  const traces = [base, ...further, check].map((sizes, i) => {
    const { fn, inputShapes } = sized.at(sizes)
    const constants = i === 0 ? (options.constants ?? {}) : Object.fromEntries(ghosts)
    return traceGraph(
      fn,
      inputShapes,
      { ...options, constants, onlyRounded: lacksHalfProducts(options) },
      true,
    )
  })
  const { graph, lengthsAt } = withSymbolicShapes(traces, sized.sampleShapes)
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
  runtime: OnnxRuntime,
  model: Uint8Array,
  { threads, device = 'cpu', placed, name = 'graph', preciseBytes }: SessionOptions,
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
          // Exact, and slower, where the CPU's quick products of bytes are not.
          x64quantprecision: preciseBytes ? '1' : '0',
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
  runtime: OnnxRuntime,
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
  runtime: OnnxRuntime,
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
  const zeros = Object.entries(shapes).map(([name, shape]) => [name, new Float32Array(product(shape))])
  return Object.fromEntries(zeros)
}
