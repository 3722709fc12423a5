import * as tf from '@tensorflow/tfjs-core'
import { checkFeeds, type Engine, type EngineName, type HostArrays } from './engine.js'
import { type NamedTensors, outputShapesOf, type TraceableFunction } from './trace.js'

/** Runs functions operation by operation on a TF.js backend that is registered already. */
export function eagerEngine(name: EngineName, backendName: string, description: string): Engine {
  return {
    name,
    description,
    compile(fn, inputShapes, { constants = {} } = {}) {
      const constantShapes = Object.entries(constants).map(([key, { shape }]) => [key, shape])
      const outputShapes = outputShapesOf(fn, { ...inputShapes, ...Object.fromEntries(constantShapes) })
      return Promise.resolve({
        inputShapes,
        outputShapes,
        nodeCount: 0,
        compileMs: 0,
        macs: 0,
        run(feeds: HostArrays, into?: HostArrays) {
          checkFeeds(inputShapes, feeds)
          const inputs = Object.entries(inputShapes).map(([key, shape]) => ({
            key,
            shape,
            data: feeds[key]!,
          }))
          const values = Object.entries(constants).map(([key, { shape, data }]) => ({ key, shape, data }))
          return Promise.resolve(runEagerly(backendName, fn, [...inputs, ...values], into))
        },
        dispose: () => Promise.resolve(),
      })
    },
  }
}

function runEagerly(
  backendName: string,
  fn: TraceableFunction,
  values: readonly { key: string; shape: readonly number[]; data: Float32Array }[],
  into: HostArrays | undefined,
): HostArrays {
  const previous = tf.engine().backendName
  void tf.setBackend(backendName)
  try {
    const outputs: HostArrays = {}
    tf.tidy(() => {
      const inputs: NamedTensors = {}
      for (const { key, shape, data } of values) inputs[key] = tf.tensor(data, [...shape])
      for (const [name, tensor] of Object.entries(fn(inputs))) {
        const result = Float32Array.from(tensor.dataSync())
        into?.[name]?.set(result)
        outputs[name] = into?.[name] ?? result
      }
    })
    return outputs
  } finally {
    if (previous !== undefined && previous !== null) void tf.setBackend(previous)
  }
}
