import type { InferenceSession } from 'onnxruntime-node'
import { type Compiled, type CompileOptions, checkArrays, type Engine, type HostArrays } from './engine.js'
import type { Shape } from './graph-builder.js'
import { inputPrefix, outputPrefix, type TraceableFunction, traceToOnnx } from './trace.js'

type Runtime = typeof import('onnxruntime-node')

/** Errors only: warnings of the optimiser are not for users. */
const logSeverityLevel = 3

/**
 * Compiles to ONNX Runtime on the CPU. Its Node binding computes inside the event loop: a call blocks other
 * JavaScript until it is done, however many threads it uses.
 */
export async function createOnnxEngine({ threads }: { threads?: number } = {}): Promise<Engine> {
  const runtime: Runtime = await import('onnxruntime-node')
  return {
    name: 'onnx',
    description: `ONNX Runtime ${runtime.env.versions.node ?? ''} on the CPU, ${threads ?? 'all'} threads`,
    compile: (fn, inputShapes, options) => compile(runtime, fn, inputShapes, { threads, ...options }),
  }
}

async function compile(
  runtime: Runtime,
  fn: TraceableFunction,
  inputShapes: Readonly<Record<string, Shape>>,
  options: Omit<CompileOptions, 'threads'> & { threads?: number | undefined },
): Promise<Compiled> {
  const start = performance.now()
  const { model, outputShapes, nodeCount, macs } = traceToOnnx(fn, inputShapes, options)
  const session = await runtime.InferenceSession.create(model, {
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
    graphOptimizationLevel: 'all',
    logSeverityLevel,
    // Planning all intermediates as one block makes a training step no faster and 0.4 GB larger.
    enableMemPattern: false,
    extra: {
      session: {
        // Denormals in decaying states would cost a hundred times a normal product.
        set_denormal_as_zero: '1',
        // Threads that spin while they wait take the cores from whatever else runs: with another process
        // beside it a training step took 1.6 times as long.
        intra_op: { allow_spinning: '0' },
      },
    },
  })
  return {
    inputShapes,
    outputShapes,
    nodeCount,
    macs,
    compileMs: performance.now() - start,
    run: (feeds, into) => run(runtime, session, inputShapes, outputShapes, feeds, into),
    dispose: () => session.release(),
  }
}

async function run(
  runtime: Runtime,
  session: InferenceSession,
  inputShapes: Readonly<Record<string, Shape>>,
  outputShapes: Readonly<Record<string, Shape>>,
  feeds: HostArrays,
  into: HostArrays | undefined,
): Promise<HostArrays> {
  checkArrays({ inputShapes, outputShapes }, feeds, into)
  const tensor = (data: Float32Array, shape: Shape) => new runtime.Tensor('float32', data, shape)
  const inputs = Object.fromEntries(
    Object.entries(inputShapes).map(([name, shape]) => [
      `${inputPrefix}${name}`,
      tensor(feeds[name]!, shape),
    ]),
  )
  const names = Object.keys(outputShapes)
  const fetches = Object.fromEntries(
    names.map((name) => {
      const target = into?.[name]
      return [`${outputPrefix}${name}`, target === undefined ? null : tensor(target, outputShapes[name]!)]
    }),
  )
  const outputs = await session.run(inputs, fetches)
  return Object.fromEntries(
    names.map((name) => [name, outputs[`${outputPrefix}${name}`]!.data as Float32Array]),
  )
}
