import type { GraphNode, Initializer } from '../graph/onnx-writer.js'
import type { FlatGraph } from './slice-pushdown.js'

/**
 * The sum of a product and another value becomes one Gemm that adds to it. Where the product already adds a constant
 * row, the row goes to the other value if that is a product too.
 */
export function fuseGemmAdd(graph: FlatGraph): FlatGraph {
  const { nodes, outputs, shapes } = graph
  const constants = new Map(graph.initializers.map((constant) => [constant.name, constant]))
  const uses = new Map<string, number>()
  for (const name of [...nodes.flatMap((node) => node.inputs), ...outputs]) {
    uses.set(name, (uses.get(name) ?? 0) + 1)
  }
  const producers = new Map<string, GraphNode>()
  const absorbed = new Set<GraphNode>()
  const product = (value: string) => {
    const node = producers.get(value)
    return node?.op === 'Gemm' && uses.get(value) === 1 ? node : undefined
  }
  const rowOf = (node: GraphNode) => {
    const constant = constants.get(node.inputs[2] ?? '')
    return constant?.shape.length === 1 && constant.data instanceof Float32Array ? constant : undefined
  }

  /** Adds a constant row to a product that only the sum reads; false where that cannot be. */
  function addRow(value: string, row: Initializer): boolean {
    const node = product(value)
    if (node === undefined) return false
    const addend = node.inputs[2]
    if (addend === undefined) node.inputs.push(row.name)
    else {
      const own = rowOf(node)
      if (own === undefined) return addRow(addend, row)
      if (own.shape[0] !== row.shape[0]) return false
      const name = `${own.name}+${row.name}`
      const [a, b] = [own.data as Float32Array, row.data as Float32Array]
      constants.set(name, { name, shape: own.shape, data: a.map((x, i) => x + b[i]!) })
      shapes.set(name, own.shape)
      node.inputs[2] = name
    }
    return true
  }

  const replaced = nodes.map((original) => {
    const node = { ...original, inputs: [...original.inputs] }
    const sum = node.op === 'Add' ? fused(node) : undefined
    const kept = sum ?? node
    for (const output of kept.outputs) producers.set(output, kept)
    return kept
  })

  function fused(node: GraphNode): GraphNode | undefined {
    const size = shapes.get(node.outputs[0]!)!.join()
    for (const [value, other] of [node.inputs, [...node.inputs].reverse()] as [string, string][]) {
      const gemm = product(value)
      if (gemm === undefined || value === other || shapes.get(other)?.join() !== size) continue
      if (gemm.inputs.length > 2) {
        const row = rowOf(gemm)
        if (row === undefined || !addRow(other, row)) continue
      }
      absorbed.add(gemm)
      return { ...gemm, inputs: [...gemm.inputs.slice(0, 2), other], outputs: node.outputs }
    }
    return undefined
  }

  return {
    ...graph,
    nodes: replaced.filter((node) => !absorbed.has(node)),
    initializers: [...constants.values()],
  }
}
