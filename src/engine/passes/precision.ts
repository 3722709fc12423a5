import type { GraphNode, Initializer } from '../graph/onnx-writer.js'
import type { FlatGraph } from './slice-pushdown.js'

/** What the matrix products with a model's weights are computed in; everything around them stays float32. */
export const precisions = ['float32', 'float16', 'bfloat16', 'int8'] as const
export type Precision = (typeof precisions)[number]

/** Which of a function's named constants may be stored and multiplied in a narrower type. */
export type IsQuantizable = (constant: string) => boolean

/** Smaller matrices gain nothing. */
const minSide = 32

/** A product of the graph whose matrix is a constant that may be narrower. */
export interface QuantizableProduct {
  readonly node: GraphNode
  /** [rows, columns] */
  readonly matrix: Initializer & { readonly data: Float32Array }
}

/**
 * Rewrites every product with a constant matrix that may be narrower.
 *
 * @param isQuantizable told the name of an initializer
 * @param replace the nodes that compute the product, of which the last makes its output
 */
export function replaceProducts(
  graph: FlatGraph,
  isQuantizable: (initializer: string) => boolean,
  replace: (product: QuantizableProduct) => GraphNode[],
): GraphNode[] {
  const constants = new Map(graph.initializers.map((constant) => [constant.name, constant]))
  return graph.nodes.flatMap((node) => {
    const constant = constants.get(node.inputs[1] ?? '')
    if (node.op !== 'Gemm' || node.attributes['transA'] === 1 || constant === undefined) return [node]
    const { name, shape, data } = constant
    if (!(data instanceof Float32Array) || Math.min(...shape) < minSide || !isQuantizable(name)) return [node]
    const matrix = node.attributes['transB'] === 1 ? transposed(name, shape, data) : { name, shape, data }
    return replace({ node, matrix })
  })
}

function transposed(name: string, shape: readonly number[], data: Float32Array) {
  const [rows, columns] = shape as [number, number]
  const turned = new Float32Array(data.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = data[row * columns + column]!
    }
  }
  return { name: `${name}ᵀ`, shape: [columns, rows], data: turned }
}
