import type { InferenceSession } from 'onnxruntime-node'
import { invalidArgument } from '../../errors.js'
import { tf } from '../../tfjs.js'
import { inputPrefix, type NamedTensors, traceToOnnx } from '../compile.js'
import type { Precision } from '../passes/precision.js'
import { byteProductsAreExact } from '../passes/quantize-int8.js'
import type { CompileOptions, Engine, HostArrays } from './engine.js'
import { onnxCompiler } from './onnx-compiler.js'
import { assertDevice, type Device, type Placement, placedSession } from './onnx-device.js'
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
  assertPrecision(precision, device)
  if (device !== 'cpu') {
    await tryDevice(runtime, device, precision)
  }
  const preciseBytes = precision === 'int8' && !(await byteProductsAreExact(runtime))
  const version = runtime.env.versions.node ?? ''
  const place = device === 'cpu' ? `the CPU, ${threads ?? 'all'} threads` : device
  return {
    name: 'onnx',
    description: `ONNX Runtime ${version} on ${place}${precision === 'float32' ? '' : `, ${precision}`}`,
    ...onnxCompiler(
      {
        Tensor: runtime.Tensor,
        writesOutputs: true,
        createSession: (model, compileOptions, tryOut) =>
          createSession(runtime, model, { ...options, ...compileOptions, preciseBytes }, tryOut),
      },
      // The CPU has no 16-bit products.
      { precision, onlyRounded: device === 'cpu' },
    ),
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
  await assertDevice(runtime, { device, precision }, model, { [`${inputPrefix}x`]: x })
}

/** @throws GlowcastError INVALID_ARGUMENT for a precision that the device does not have */
function assertPrecision(precision: Precision, device: Device): void {
  const had: Partial<Record<Precision, readonly Device[]>> = { int8: ['cpu'], bfloat16: ['cpu', 'cuda'] }
  const those = had[precision]
  if (those === undefined || those.includes(device)) return
  const got = `${precision} with device ${device}`
  throw invalidArgument('precision', got, `device ${those.join(' or ')}`)
}

type SessionOptions = OnnxEngineOptions & CompileOptions & { readonly preciseBytes: boolean }

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
