import * as tf from '@tensorflow/tfjs-core'
import { GlowcastError } from '../errors.js'
import './kernels-elementwise.js'
import './kernels-matmul.js'
import './kernels-reduce.js'
import './kernels-shape.js'
import { GraphBuilder, type GraphValue, type Shape } from './graph-builder.js'
import { type GraphNode, writeOnnxModel } from './onnx-writer.js'
import { fuseBiases, usedInitializers, withoutDeadNodes } from './optimize-graph.js'
import { traceBackend, traceBackendName } from './trace-backend.js'

export interface HostTensor {
  readonly shape: Shape
  readonly data: Float32Array
}

export type NamedTensors = Record<string, tf.Tensor>

/** Pure TF.js code: the same operations for the same input shapes. */
export type TraceableFunction = (inputs: NamedTensors) => NamedTensors

export interface TraceOptions {
  /** Inputs whose values are known now; they become part of the graph. */
  readonly constants?: Readonly<Record<string, HostTensor>>
  readonly name?: string
}

interface Recording {
  readonly graph: GraphBuilder
  readonly outputs: Record<string, GraphValue>
}

/** Names inside the graph; the user's names stay in front of it. */
export const inputPrefix = 'in:'
export const outputPrefix = 'out:'

/**
 * Runs fn once on the recording backend. Wholly synchronous, so that nothing else ever sees that backend;
 * the backend in use before is restored even when fn throws.
 *
 * @throws GlowcastError UNSUPPORTED_KERNEL naming the kernel
 */
function record(
  fn: TraceableFunction,
  inputShapes: Readonly<Record<string, Shape>>,
  constants: Readonly<Record<string, HostTensor>>,
): Recording {
  const engine = tf.engine()
  const previous = engine.backendName
  const graph = new GraphBuilder()
  traceBackend.graph = graph
  void tf.setBackend(traceBackendName)
  // Not through tidy's return value: TF.js would walk every weight in search of tensors.
  const outputs: Record<string, GraphValue> = {}
  try {
    tf.tidy(() => {
      const tensor = (value: GraphValue) => engine.makeTensorFromTensorInfo(traceBackend.tensorInfo(value))
      const inputs: NamedTensors = {}
      for (const [name, shape] of Object.entries(inputShapes)) {
        inputs[name] = tensor(graph.input(`${inputPrefix}${name}`, shape))
      }
      for (const [name, { shape, data }] of Object.entries(constants)) {
        inputs[name] = tensor(graph.constant(data, shape, `const:${name}`))
      }
      for (const [name, output] of Object.entries(fn(inputs))) {
        const value = traceBackend.value(output)
        const float = value.type === 'float32'
        outputs[name] = graph.emit(float ? 'Identity' : 'Cast', [value], value.shape, {
          attributes: float ? {} : { to: 1 },
        })
      }
    })
    return { graph, outputs }
  } catch (error) {
    const kernelName = /Kernel '(\w+)' not registered/.exec((error as Error).message)?.[1]
    if (kernelName === undefined) throw error
    throw new GlowcastError(
      'UNSUPPORTED_KERNEL',
      kernelName,
      'a TF.js kernel that cannot be recorded',
      'an operation with a kernel in src/engine/kernels-*.ts',
      { cause: error },
    )
  } finally {
    traceBackend.graph = new GraphBuilder()
    if (previous !== undefined && previous !== null) void tf.setBackend(previous)
  }
}

/** Shapes of the outputs, without compiling. */
export function outputShapesOf(
  fn: TraceableFunction,
  inputShapes: Readonly<Record<string, Shape>>,
): Record<string, Shape> {
  const { outputs } = record(fn, inputShapes, {})
  return Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]))
}

export interface TracedModel {
  /** A serialized ONNX model; inputs are named `in:<name>`, outputs `out:<name>`. */
  readonly model: Uint8Array
  readonly outputShapes: Record<string, Shape>
  readonly nodeCount: number
  /** Multiply-accumulates of the matrix products. */
  readonly macs: number
}

/** The ONNX model of a function. */
export function traceToOnnx(
  fn: TraceableFunction,
  inputShapes: Readonly<Record<string, Shape>>,
  { constants = {}, name = 'glowcast' }: TraceOptions = {},
): TracedModel {
  const { graph, outputs } = record(fn, inputShapes, constants)
  const renamed = new Map(
    Object.entries(outputs).map(([key, value]) => [value.name, `${outputPrefix}${key}`]),
  )
  const finalNames = Object.keys(outputs).map((key) => `${outputPrefix}${key}`)
  const nodes = graph.nodes.map((node) => ({
    ...node,
    outputs: node.outputs.map((n) => renamed.get(n) ?? n),
  }))
  // Two outputs may be one value: each gets a node of its own.
  const copies = Object.entries(outputs)
    .filter(([key, value]) => renamed.get(value.name) !== `${outputPrefix}${key}`)
    .map(([key, value]) => ({
      op: 'Identity',
      inputs: [renamed.get(value.name)!],
      outputs: [`${outputPrefix}${key}`],
      attributes: {},
      domain: '',
    }))
  const shapes = graph.shapesByName(inputShapes, inputPrefix)
  const isRow = (value: string, product: string) => {
    const shape = shapes.get(value)
    return shape?.length === 1 && shape[0] === shapes.get(product)?.[1]
  }
  const live = withoutDeadNodes([...nodes, ...copies], finalNames)
  const fused = fuseBiases(live, finalNames, isRow)
  const model = writeOnnxModel({
    name,
    nodes: fused,
    initializers: usedInitializers(fused, graph.initializers),
    inputs: Object.entries(inputShapes).map(([key, shape]) => ({ name: `${inputPrefix}${key}`, shape })),
    outputs: Object.entries(outputs).map(([key, { shape }]) => ({ name: `${outputPrefix}${key}`, shape })),
  })
  return {
    model,
    macs: countMacs(fused, shapes),
    outputShapes: Object.fromEntries(Object.entries(outputs).map(([key, { shape }]) => [key, shape])),
    nodeCount: fused.length,
  }
}

function countMacs(nodes: readonly GraphNode[], shapes: ReadonlyMap<string, Shape>): number {
  let macs = 0
  for (const { op, inputs, attributes } of nodes) {
    if (op !== 'Gemm' && op !== 'MatMul' && op !== 'FusedMatMul') continue
    const [a, b] = [shapes.get(inputs[0]!)!, shapes.get(inputs[1]!)!]
    const elements = a.reduce((product, length) => product * length, 1)
    const batch = op === 'Gemm' ? 1 : Math.max(1, sizeOfBatch(b) / sizeOfBatch(a))
    macs += batch * elements * b.at(attributes['transB'] === 1 ? -2 : -1)!
  }
  return macs
}

function sizeOfBatch(shape: Shape): number {
  return shape.slice(0, -2).reduce((product, length) => product * length, 1)
}
