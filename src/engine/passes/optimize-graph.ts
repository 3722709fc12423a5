import { product } from '../../numeric/stats.js'
import type { Shape } from '../graph/builder.js'
import type { GraphNode, Initializer } from '../graph/onnx-writer.js'

/** Nodes whose outputs reach an output of the graph, in their order. */
export function withoutDeadNodes(nodes: readonly GraphNode[], outputs: readonly string[]): GraphNode[] {
  const needed = new Set(outputs)
  const kept: GraphNode[] = []
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!
    if (!node.outputs.some((name) => needed.has(name))) continue
    for (const input of node.inputs) needed.add(input)
    kept.push(node)
  }
  return kept.reverse()
}

export function usedInitializers(
  nodes: readonly GraphNode[],
  initializers: readonly Initializer[],
): Initializer[] {
  const used = new Set(nodes.flatMap((node) => node.inputs))
  return initializers.filter(({ name }) => used.has(name))
}

/**
 * Gemm followed by the addition of a row becomes one Gemm with that row as its third operand: ONNX Runtime
 * does this for MatMul only.
 *
 * @param isRow whether a value is a vector as long as the product has columns
 */
export function fuseBiases(
  nodes: readonly GraphNode[],
  outputs: readonly string[],
  isRow: (value: string, product: string) => boolean,
): GraphNode[] {
  const uses = new Map<string, number>()
  for (const name of [...nodes.flatMap((node) => node.inputs), ...outputs]) {
    uses.set(name, (uses.get(name) ?? 0) + 1)
  }
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)))
  const absorbed = new Set<GraphNode>()
  const position = new Map(nodes.map((node, index) => [node, index]))
  const definedBefore = (value: string, product: GraphNode) =>
    (position.get(producers.get(value)!) ?? -1) < position.get(product)!
  const replaced = nodes.map((node) => {
    if (node.op !== 'Add') return node
    for (const [product, row] of [node.inputs, [...node.inputs].reverse()] as [string, string][]) {
      const gemm = producers.get(product)
      if (gemm?.op !== 'Gemm' || gemm.inputs.length !== 2 || uses.get(product) !== 1) continue
      if (!isRow(row, product) || !definedBefore(row, gemm)) continue
      absorbed.add(gemm)
      return { ...gemm, inputs: [...gemm.inputs, row], outputs: node.outputs }
    }
    return node
  })
  return replaced.filter((node) => !absorbed.has(node))
}

/**
 * Gives the values behind the graph's outputs their final names. What no node makes (an input, a constant)
 * and what is an output twice is copied under the further name.
 */
export function withOutputNames(
  nodes: readonly GraphNode[],
  finalNames: readonly string[],
  values: readonly string[],
): GraphNode[] {
  const made = new Set(nodes.flatMap((node) => node.outputs))
  const renamed = new Map<string, string>()
  const copies: GraphNode[] = []
  values.forEach((value, i) => {
    const finalName = finalNames[i]!
    if (made.has(value) && !renamed.has(value)) renamed.set(value, finalName)
    else copies.push({ op: 'Identity', inputs: [value], outputs: [finalName], attributes: {}, domain: '' })
  })
  const rename = (name: string) => renamed.get(name) ?? name
  return [...nodes, ...copies].map((node) => ({
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }))
}

/** Multiply-accumulates of the matrix products. */
export function countMacs(nodes: readonly GraphNode[], shapes: ReadonlyMap<string, Shape>): number {
  let macs = 0
  for (const { op, inputs, attributes } of nodes) {
    if (op !== 'Gemm' && op !== 'MatMul' && op !== 'FusedMatMul') continue
    const [a, b] = [shapes.get(inputs[0]!)!, shapes.get(inputs[1]!)!]
    const elements = product(a)
    const batch = op === 'Gemm' ? 1 : Math.max(1, sizeOfBatch(b) / sizeOfBatch(a))
    macs += batch * elements * b.at(attributes['transB'] === 1 ? -2 : -1)!
  }
  return macs
}

function sizeOfBatch(shape: Shape): number {
  return product(shape.slice(0, -2))
}
