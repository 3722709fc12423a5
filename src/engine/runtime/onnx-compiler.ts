import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { product } from '../../numeric/stats.js'
import { inputPrefix, outputPrefix, type TraceableFunction, traceGraph, traceToOnnx } from '../compile.js'
import type { Shape } from '../graph/builder.js'
import { writeOnnxModel } from '../graph/onnx-writer.js'
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

/** What runs ONNX models: ONNX Runtime's library in Node, its WebAssembly in a page. */
export interface OnnxBackend {
  readonly Tensor: typeof Tensor
  /** Whether a call writes to the arrays of the output tensors that it is given. Else they are copied to. */
  readonly writesOutputs: boolean
  /** @param tryOut runs the session once, which shows on a device what was placed where */
  createSession(
    model: Uint8Array,
    options: CompileOptions,
    tryOut: (session: InferenceSession) => Promise<HostArrays>,
  ): Promise<InferenceSession>
}

/** Records functions and runs them on the backend. @param defaults of every function's options */
export function onnxCompiler(
  backend: OnnxBackend,
  defaults: CompileOptions,
): Pick<Engine, 'compile' | 'compileShapeSpecialised'> {
  return {
    compile: (fn, inputShapes, options = {}) =>
      compile(backend, fn, inputShapes, { ...defaults, ...options }),
    compileShapeSpecialised: (fn, options = {}) =>
      compileShapeSpecialised(backend, fn, { ...defaults, ...options }),
  }
}

async function compile(
  backend: OnnxBackend,
  fn: TraceableFunction,
  inputShapes: Readonly<Record<string, Shape>>,
  options: CompileOptions,
): Promise<Compiled> {
  const start = performance.now()
  const { model, outputShapes, nodeCount, macs } = traceToOnnx(fn, inputShapes, options)
  const shapes = { inputShapes, outputShapes }
  const session = await backend.createSession(model, options, (made) =>
    run(backend, made, shapes, zerosOf(inputShapes), undefined),
  )
  return {
    inputShapes,
    outputShapes,
    nodeCount,
    macs,
    compileMs: performance.now() - start,
    run: (feeds, into) => run(backend, session, shapes, feeds, into),
    dispose: () => session.release(),
  }
}

async function compileShapeSpecialised(
  backend: OnnxBackend,
  sized: ShapeSpecialisedFunction,
  options: CompileOptions,
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
    return traceGraph(fn, inputShapes, { ...options, constants }, true)
  })
  const { graph, lengthsAt } = withSymbolicShapes(traces, sized.sampleShapes)
  const names = Object.keys(traces[0]!.outputShapes)
  const runAt = async (session: InferenceSession, sizes: Sizes, feeds: HostArrays) => {
    const { inputShapes } = sized.at(sizes)
    checkArrays({ inputShapes }, feeds)
    const inputs = feedTensors(backend, inputShapes, feeds)
    if (graph.inputs.some(({ name }) => name === lengthsInput)) {
      inputs[lengthsInput] = new backend.Tensor('int64', lengthsAt(sizes))
    }
    const fetches = Object.fromEntries(names.map((name) => [`${outputPrefix}${name}`, null]))
    return outputArrays(await session.run(inputs, fetches), names)
  }
  const session = await backend.createSession(writeOnnxModel(graph), options, (made) =>
    runAt(made, base, zerosOf(sized.at(base).inputShapes)),
  )
  return {
    run: (sizes, feeds) => runAt(session, sizes, feeds),
    dispose: () => session.release(),
  }
}

type Shapes = Pick<Compiled, 'inputShapes' | 'outputShapes'>

async function run(
  backend: OnnxBackend,
  session: InferenceSession,
  { inputShapes, outputShapes }: Shapes,
  feeds: HostArrays,
  into: HostArrays | undefined,
): Promise<HostArrays> {
  checkArrays({ inputShapes, outputShapes }, feeds, into)
  const names = Object.keys(outputShapes)
  const given = backend.writesOutputs ? into : undefined
  const fetches = Object.fromEntries(
    names.map((name) => {
      const target = given?.[name]
      const tensor = target && new backend.Tensor('float32', target, outputShapes[name]!)
      return [`${outputPrefix}${name}`, tensor ?? null]
    }),
  )
  const outputs = outputArrays(await session.run(feedTensors(backend, inputShapes, feeds), fetches), names)
  if (into === undefined || backend.writesOutputs) return outputs
  for (const name of names) into[name]?.set(outputs[name]!)
  return {
    ...outputs,
    ...Object.fromEntries(names.flatMap((name) => (into[name] ? [[name, into[name]]] : []))),
  }
}

function feedTensors(
  backend: OnnxBackend,
  inputShapes: Readonly<Record<string, Shape>>,
  feeds: HostArrays,
): Record<string, Tensor> {
  const tensors = Object.entries(inputShapes).map(([name, shape]) => [
    `${inputPrefix}${name}`,
    new backend.Tensor('float32', feeds[name]!, shape),
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
