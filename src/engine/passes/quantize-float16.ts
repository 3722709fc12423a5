import { float32ToBfloat16, float32ToFloat16 } from '../../numeric/float16.js'
import { dataTypes, type GraphNode, type Initializer, oneNode } from '../graph/onnx-writer.js'
import { type QuantizableProduct, replaceProducts } from './precision.js'
import type { FlatGraph } from './slice-pushdown.js'

export interface Float16Options {
  readonly type: 'float16' | 'bfloat16'
  /**
   * Multiply in float32 what was rounded to the type: for a device that has no product in it. The values are those of
   * a device that has, and sums in float32 as GPUs do.
   */
  readonly onlyRounded: boolean
}

/**
 * Products with constant matrices in 16-bit floats: operands and results are rounded to the type; sums of products,
 * biases and everything between the products stay float32.
 *
 * @param isQuantizable which initializers may be rounded
 */
export function quantizeFloat16(
  graph: FlatGraph,
  isQuantizable: (initializer: string) => boolean,
  { type, onlyRounded }: Float16Options,
): FlatGraph {
  const made = new Map<string, Initializer>()
  const cast = (from: string, to: string, target: 'float32' | 'float16' | 'bfloat16') =>
    oneNode('Cast', [from], to, { to: dataTypes[target] })
  const operands = new Set<string>()

  /** Nodes that make `value:half`, unless they are there already. */
  function rounded(value: string): GraphNode[] {
    if (operands.has(value)) return []
    operands.add(value)
    if (!onlyRounded) return [cast(value, `${value}:half`, type)]
    return [cast(value, `${value}:narrow`, type), cast(`${value}:narrow`, `${value}:half`, 'float32')]
  }

  function matrixNodes({ name, shape, data }: QuantizableProduct['matrix']): GraphNode[] {
    const half = onlyRounded ? `${name}:narrow` : `${name}:half`
    if (made.has(half)) return []
    const bits = type === 'float16' ? float32ToFloat16(data) : float32ToBfloat16(data)
    made.set(half, { name: half, shape, data: bits, type })
    return onlyRounded ? [cast(half, `${name}:half`, 'float32')] : []
  }

  const nodes = replaceProducts(graph, isQuantizable, ({ node, matrix }) => {
    const [x, , addend] = node.inputs as [string, string, string?]
    const [output] = node.outputs as [string]
    const product = addend === undefined ? output : `${output}:product`
    const result = `${output}:result`
    return [
      ...rounded(x),
      ...matrixNodes(matrix),
      oneNode('Gemm', [`${x}:half`, `${matrix.name}:half`], onlyRounded ? `${output}:exact` : result),
      ...(onlyRounded ? [cast(`${output}:exact`, result, type)] : []),
      cast(result, product, 'float32'),
      ...(addend === undefined ? [] : [oneNode('Add', [product, addend], output)]),
    ]
  })
  return { ...graph, nodes, initializers: [...graph.initializers, ...made.values()] }
}
