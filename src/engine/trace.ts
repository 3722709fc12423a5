import * as tf from '@tensorflow/tfjs-core'
import { GlowcastError } from '../errors.js'
import './kernels-elementwise.js'
import './kernels-join.js'
import './kernels-matmul.js'
import './kernels-reduce.js'
import './kernels-shape.js'
import { type FlatGraph, withoutColumnCuts } from './column-parts.js'
import { fuseSums } from './fuse-sums.js'
import { GraphBuilder, type GraphValue, type Shape } from './graph-builder.js'
import { withHalfProducts } from './half-products.js'
import { withInt8Products } from './int8-products.js'
import { graphValue } from './kernels.js'
import { writeOnnxModel } from './onnx-writer.js'
import {
  countMacs,
  fuseBiases,
  usedInitializers,
  withOutputNames,
  withoutDeadNodes,
} from './optimize-graph.js'
import type { IsNarrow, Precision } from './precision.js'
import { traceBackend, withTraceBackend } from './trace-backend.js'

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
  /** What products with constants are computed in. Default: float32. */
  readonly precision?: Precision
  /** Which of the named constants may be narrower than float32. Default: all. */
  readonly isNarrow?: IsNarrow
  /** Compute 16-bit products in float32 from rounded operands, for a device that has no others. */
  readonly onlyRounded?: boolean
}

interface Recording {
  readonly graph: GraphBuilder
  readonly outputs: Record<string, GraphValue>
}

/** Names inside the graph; the user's names stay in front of it. */
export const inputPrefix = 'in:'
export const outputPrefix = 'out:'
const constantPrefix = 'const:'

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
  const graph = new GraphBuilder()
  // Not through tidy's return value: TF.js would walk every weight in search of tensors.
  const outputs: Record<string, GraphValue> = {}
  const recordAll = () => {
    tf.tidy(() => {
      const tensor = (value: GraphValue) => engine.makeTensorFromTensorInfo(traceBackend.tensorInfo(value))
      const inputs: NamedTensors = {}
      for (const [name, shape] of Object.entries(inputShapes)) {
        inputs[name] = tensor(graph.input(`${inputPrefix}${name}`, shape))
      }
      for (const [name, { shape, data }] of Object.entries(constants)) {
        inputs[name] = tensor(graph.constant(data, shape, `${constantPrefix}${name}`))
      }
      for (const [name, output] of Object.entries(fn(inputs))) {
        const value = graphValue(output)
        const float = value.type === 'float32'
        outputs[name] = float
          ? value
          : graph.emit('Cast', [value], value.shape, { attributes: { to: 1 }, type: 'float32' })
      }
    })
  }
  try {
    withTraceBackend(graph, recordAll)
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
  options: TraceOptions = {},
): TracedModel {
  const { constants = {}, name = 'glowcast' } = options
  const { graph, outputs } = record(fn, inputShapes, constants)
  const finalNames = Object.keys(outputs).map((key) => `${outputPrefix}${key}`)
  const named = withOutputNames(
    graph.nodes,
    finalNames,
    Object.values(outputs).map((value) => value.name),
  )
  const shapes = graph.shapesByName(inputShapes, inputPrefix)
  for (const [key, { shape }] of Object.entries(outputs)) shapes.set(`${outputPrefix}${key}`, shape)
  const isRow = (value: string, product: string) => {
    const shape = shapes.get(value)
    return shape?.length === 1 && shape[0] === shapes.get(product)?.[1]
  }
  const live = withoutDeadNodes(named, finalNames)
  const biased = fuseBiases(live, finalNames, isRow)
  const { initializers } = graph
  const uncut = withoutColumnCuts({ nodes: biased, initializers, shapes, outputs: finalNames })
  const optimized = fuseSums({ ...uncut, nodes: withoutDeadNodes(uncut.nodes, finalNames) })
  const { nodes, initializers: stored } = narrowed(optimized, options)
  const model = writeOnnxModel({
    name,
    nodes,
    initializers: usedInitializers(nodes, stored),
    inputs: Object.entries(inputShapes).map(([key, shape]) => ({ name: `${inputPrefix}${key}`, shape })),
    outputs: Object.entries(outputs).map(([key, { shape }]) => ({ name: `${outputPrefix}${key}`, shape })),
  })
  return {
    model,
    macs: countMacs(optimized.nodes, optimized.shapes),
    outputShapes: Object.fromEntries(Object.entries(outputs).map(([key, { shape }]) => [key, shape])),
    nodeCount: nodes.length,
  }
}

/** The graph with its products in the precision that was asked for. */
function narrowed(graph: FlatGraph, options: TraceOptions): FlatGraph {
  const { precision = 'float32', isNarrow = () => true, onlyRounded = false } = options
  if (precision === 'float32') return graph
  const mayBe = (initializer: string) => {
    // Columns of a constant carry its name and, in brackets, which they are.
    const [, constant] = /^const:(.*?)(\[\d+:\d+\])*$/.exec(initializer) ?? []
    return constant !== undefined && isNarrow(constant)
  }
  return precision === 'int8'
    ? withInt8Products(graph, mayBe)
    : withHalfProducts(graph, mayBe, { type: precision, onlyRounded })
}
