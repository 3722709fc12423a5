import { tf } from '../../tfjs.js'
import { type HostTensor, type NamedTensors, outputShapesOf, type TraceableFunction } from '../compile.js'
import { checkArrays, type Engine, type EngineName, type HostArrays } from './engine.js'

/** Runs functions operation by operation on a TF.js backend that is registered already. */
export function eagerEngine(name: EngineName, backendName: string, description: string): Engine {
  return {
    name,
    description,
    async compile(fn, inputShapes, { constants = {} } = {}) {
      const constantShapes = Object.entries(constants).map(([key, { shape }]) => [key, shape])
      const outputShapes = outputShapesOf(fn, { ...inputShapes, ...Object.fromEntries(constantShapes) })
      // Kept for all calls: on a GPU the weights would else travel there each time.
      const kept = onBackend(backendName, () => tensorsOf(constants))
      const shapes = { inputShapes, outputShapes }
      return {
        ...shapes,
        nodeCount: 0,
        compileMs: 0,
        macs: 0,
        async run(feeds: HostArrays, into?: HostArrays) {
          checkArrays(shapes, feeds, into)
          const inputs = Object.entries(inputShapes).map(([key, shape]) => [
            key,
            { shape, data: feeds[key]! },
          ])
          return onBackend(backendName, () => runEagerly(fn, kept, Object.fromEntries(inputs), into))
        },
        async dispose() {
          tf.dispose(kept)
        },
      }
    },
    async compileShapeSpecialised(sized, { constants = {} } = {}) {
      const kept = onBackend(backendName, () => tensorsOf(constants))
      return {
        async run(sizes, feeds) {
          const { fn, inputShapes } = sized.at(sizes)
          checkArrays({ inputShapes }, feeds)
          const inputs = Object.entries(inputShapes).map(([key, shape]) => [
            key,
            { shape, data: feeds[key]! },
          ])
          return onBackend(backendName, () => runEagerly(fn, kept, Object.fromEntries(inputs)))
        },
        async dispose() {
          tf.dispose(kept)
        },
      }
    },
  }
}

/** The backend in use before is restored even when the work throws. */
function onBackend<T>(backendName: string, work: () => T): T {
  const previous = tf.engine().backendName
  void tf.setBackend(backendName)
  try {
    return work()
  } finally {
    if (previous !== undefined && previous !== null) void tf.setBackend(previous)
  }
}

function tensorsOf(values: Readonly<Record<string, HostTensor>>): NamedTensors {
  const tensors = Object.entries(values).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])])
  return Object.fromEntries(tensors)
}

function runEagerly(
  fn: TraceableFunction,
  constants: NamedTensors,
  inputs: Readonly<Record<string, HostTensor>>,
  into: HostArrays = {},
): HostArrays {
  const outputs: HostArrays = {}
  tf.tidy(() => {
    for (const [name, tensor] of Object.entries(fn({ ...tensorsOf(inputs), ...constants }))) {
      const result = Float32Array.from(tensor.dataSync())
      into[name]?.set(result)
      outputs[name] = into[name] ?? result
    }
  })
  return outputs
}
