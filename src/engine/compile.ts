import { unsupportedKernel } from '../errors.js'
import { tf } from '../tfjs.js'
import './kernels/elementwise.js'
import './kernels/join.js'
import './kernels/matmul.js'
import './kernels/reduce.js'
import './kernels/shape.js'
import { GraphBuilder, type GraphValue, type Shape } from './graph/builder.js'
import { type OnnxGraph, writeOnnxModel } from './graph/onnx-writer.js'
import { graphValue } from './kernels/index.js'
import { traceBackend, withTraceBackend } from './kernels/trace-backend.js'
import { foldConstants } from './passes/fold-constants.js'
import { fuseGemmAdd } from './passes/fuse-gemm-add.js'
import {
  countMacs,
  fuseBiases,
  usedInitializers,
  withOutputNames,
  withoutDeadNodes,
} from './passes/optimize-graph.js'
import type { IsQuantizable, Precision } from './passes/precision.js'
import { quantizeFloat16 } from './passes/quantize-float16.js'
import { quantizeInt8 } from './passes/quantize-int8.js'
import { type FlatGraph, pushSlicesDown } from './passes/slice-pushdown.js'

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
  readonly isQuantizable?: IsQuantizable
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
  hasVariableLengths = false,
): Recording {
  const engine = tf.engine()
  const graph = new GraphBuilder(hasVariableLengths)
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
    throw unsupportedKernel(
      kernelName,
      'a TF.js kernel that cannot be recorded',
      'an operation with a kernel in src/engine/kernels',
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

/** A function as ONNX operations for one set of input shapes; the members of `OnnxGraph` and what they tell. */
export interface TracedGraph extends OnnxGraph {
  readonly outputShapes: Record<string, Shape>
  /** Multiply-accumulates of the matrix products. */
  readonly macs: number
}

/**
 * Records a function and optimises what was recorded. Inputs are named `in:<name>`, outputs `out:<name>`.
 *
 * @param hasVariableLengths whether the shapes are one example of many, so that no length may end up in a constant
 *   other than the integers that operations take as arguments
 */
export function traceGraph(
  fn: TraceableFunction,
  inputShapes: Readonly<Record<string, Shape>>,
  options: TraceOptions = {},
  hasVariableLengths = false,
): TracedGraph {
  const { constants = {}, name = 'glowcast' } = options
  const { graph, outputs } = record(fn, inputShapes, constants, hasVariableLengths)
  const finalNames = Object.keys(outputs).map((key) => `${outputPrefix}${key}`)
  const named = withOutputNames(
    graph.nodes,
    finalNames,
    Object.values(outputs).map((value) => value.name),
  )
  const shapes = graph.shapesByName(inputShapes, inputPrefix)
  for (const [key, { shape }] of Object.entries(outputs)) shapes.set(`${outputPrefix}${key}`, shape)
  const live = withoutDeadNodes(named, finalNames)
  const recorded = { nodes: live, initializers: graph.initializers, shapes, outputs: finalNames }
  // Graphs of fixed lengths round as they did when models were calibrated on them.
  const flat = hasVariableLengths ? foldConstants(recorded) : recorded
  const isRow = (value: string, product: string) => {
    const shape = flat.shapes.get(value)
    return shape?.length === 1 && shape[0] === flat.shapes.get(product)?.[1]
  }
  const nodesWithBiases = fuseBiases(flat.nodes, finalNames, isRow)
  const uncut = pushSlicesDown({ ...flat, nodes: nodesWithBiases })
  const optimized = fuseGemmAdd({ ...uncut, nodes: withoutDeadNodes(uncut.nodes, finalNames) })
  const { nodes, initializers } = narrowed(optimized, options, hasVariableLengths)
  return {
    name,
    nodes,
    initializers: usedInitializers(nodes, initializers),
    inputs: Object.entries(inputShapes).map(([key, shape]) => ({ name: `${inputPrefix}${key}`, shape })),
    outputs: Object.entries(outputs).map(([key, { shape }]) => ({ name: `${outputPrefix}${key}`, shape })),
    outputShapes: Object.fromEntries(Object.entries(outputs).map(([key, { shape }]) => [key, shape])),
    macs: countMacs(optimized.nodes, optimized.shapes),
  }
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
  const graph = traceGraph(fn, inputShapes, options)
  const { outputShapes, macs, nodes } = graph
  return { model: writeOnnxModel(graph), macs, outputShapes, nodeCount: nodes.length }
}

/** The graph with its products in the precision that was asked for. */
function narrowed(graph: FlatGraph, options: TraceOptions, hasVariableLengths: boolean): FlatGraph {
  const { precision = 'float32', isQuantizable = () => true, onlyRounded = false } = options
  if (precision === 'float32') return graph
  const mayBe = (initializer: string) => {
    // What is cut out of constants or computed from them has their names in its own: none may need to be exact.
    const made = Array.from(initializer.matchAll(/const:([^;()[\]+]+)/g), ([, constant]) => constant!)
    return made.length > 0 && made.every(isQuantizable)
  }
  return precision === 'int8'
    ? quantizeInt8(graph, mayBe, hasVariableLengths)
    : quantizeFloat16(graph, mayBe, { type: precision, onlyRounded })
}
