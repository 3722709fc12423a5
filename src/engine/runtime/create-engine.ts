import { GlowcastError, invalidArgument } from '../../errors.js'
import { tf } from '../../tfjs.js'
import { eagerEngine } from './eager-engine.js'
import type { Engine, EngineName } from './engine.js'
import { createOnnxEngine, type OnnxEngineOptions } from './onnx-engine.js'
import type { LoadOnnxRuntime } from './onnx-runtime.js'
import { createTensorflowEngine } from './tensorflow-engine.js'

/** The CPU is the only device of engines other than ONNX Runtime, and float32 their only precision. */
export interface EngineOptions extends OnnxEngineOptions {
  /** Told the first time that `auto` takes an engine which is far slower, and why. Default: a warning on the console. */
  readonly warn?: (message: string) => void
}

let hasWarned = false

/**
 * The engine of that name; `auto` takes the fastest that loads and says in its description which it is. A device that
 * was asked for is used or refused: nothing falls back to the CPU unsaid.
 *
 * @param load gives ONNX Runtime
 * @throws GlowcastError ENGINE_UNAVAILABLE with what to install
 */
export async function createEngine(
  name: EngineName | 'auto',
  options: EngineOptions = {},
  load?: LoadOnnxRuntime,
): Promise<Engine> {
  const { device = 'cpu', precision = 'float32' } = options
  if (device !== 'cpu' || precision !== 'float32') {
    if (name === 'auto' || name === 'onnx') return createOnnxEngine(options, load)
    const [field, value] = device === 'cpu' ? ['precision', precision] : ['device', device]
    throw invalidArgument(field, `${value} with engine ${name}`, 'engine onnx')
  }
  switch (name) {
    case 'onnx':
      return createOnnxEngine(options, load)
    case 'tensorflow':
      return createTensorflowEngine(options.threads)
    case 'tfjs-cpu':
      return createCpuEngine()
    case 'auto':
      return createFastest(options, load)
  }
}

async function createFastest(options: EngineOptions, load?: LoadOnnxRuntime): Promise<Engine> {
  try {
    return await createOnnxEngine(options, load)
  } catch (error) {
    if (!(error instanceof GlowcastError) || error.code !== 'ENGINE_UNAVAILABLE') throw error
    const { warn = console.warn } = options
    if (!hasWarned) {
      warn(
        `ONNX Runtime did not load; plain JavaScript, some 50 times slower, takes its place. ${error.message}`,
      )
    }
    hasWarned = true
    const engine = await createCpuEngine()
    return { ...engine, description: `${engine.description} (ONNX Runtime did not load: ${error.got})` }
  }
}

async function createCpuEngine(): Promise<Engine> {
  await import('@tensorflow/tfjs-backend-cpu')
  quietly(() => tf.tidy(() => tf.tensor1d([0])))
  return eagerEngine('tfjs-cpu', 'cpu', 'TensorFlow.js in plain JavaScript: for tests, far from real time')
}

/** The first tensor of the CPU backend prints an advertisement unless TF.js is in production mode. */
function quietly(work: () => void): void {
  const previous = tf.engine().backendName
  const production = tf.env().getBool('PROD')
  tf.env().set('PROD', true)
  void tf.setBackend('cpu')
  try {
    work()
  } finally {
    tf.env().set('PROD', production)
    if (previous !== undefined && previous !== null) void tf.setBackend(previous)
  }
}
