import type { Shape } from '../graph/builder.js'
import type { GraphNode, Initializer } from '../graph/onnx-writer.js'
import type { FlatGraph } from './slice-pushdown.js'

type Matrix = { readonly shape: Shape; readonly data: Float32Array }

/**
 * Products, sums and parts of constants become constants, in float64: ONNX Runtime does so too, but too late for what
 * is rewritten here because of them. Operations other than those that weights go through are left as they are.
 */
export function foldConstants(graph: FlatGraph): FlatGraph {
  const constants = new Map(graph.initializers.map((constant) => [constant.name, constant]))
  const shapes = new Map(graph.shapes)
  const renamed = new Map<string, string>()
  const nodes: GraphNode[] = []
  for (const original of graph.nodes) {
    const node = { ...original, inputs: original.inputs.map((name) => renamed.get(name) ?? name) }
    const operands = node.inputs.map((name) => constants.get(name))
    const isKnown =
      !operands.includes(undefined) && !node.outputs.some((name) => graph.outputs.includes(name))
    const folded = isKnown ? fold(node, operands as Initializer[]) : undefined
    if (folded === undefined) nodes.push(node)
    folded?.forEach((matrix, i) => {
      const name = nameOf(node, operands as Initializer[], i)
      constants.set(name, { name, ...matrix })
      shapes.set(name, matrix.shape)
      renamed.set(node.outputs[i]!, name)
    })
  }
  return { ...graph, nodes, shapes, initializers: [...constants.values()] }
}

/** Tells what it is made of: the same in every recording of a function. */
function nameOf({ op }: GraphNode, operands: readonly Initializer[], output: number): string {
  const parts = operands.map(({ name, data }) => (data instanceof BigInt64Array ? data.join() : name))
  return `${op}${output}(${parts.join(';')})`
}

function fold({ op, attributes }: GraphNode, operands: readonly Initializer[]): Matrix[] | undefined {
  const [first, second] = operands
  if (!(first!.data instanceof Float32Array)) return undefined
  const a = first as Matrix
  const integers = (index: number) => Array.from(operands[index]!.data, Number)
  switch (op) {
    case 'Reshape':
      return [{ shape: integers(1), data: a.data }]
    case 'Gemm':
      if (operands.length > 2 || attributes['transA'] !== 0 || attributes['transB'] !== 0) return undefined
      return [product(a, second as Matrix)]
    case 'Add':
      if (a.shape.join() !== second!.shape.join()) return undefined
      return [{ shape: a.shape, data: a.data.map((value, i) => value + Number(second!.data[i])) }]
    case 'Concat':
      return attributes['axis'] === 0 ? [stacked(operands.map((operand) => operand as Matrix))] : undefined
    case 'Slice': {
      const [start, end, axis] = [integers(1), integers(2), integers(3)]
      if (axis.join() !== '0') return undefined
      return [rows(a, start[0]!, end[0]!)]
    }
    case 'Split': {
      if (attributes['axis'] !== a.shape.length - 1) return undefined
      let start = 0
      return integers(1).map((length) => {
        start += length
        return columns(a, start - length, length)
      })
    }
    default:
      return undefined
  }
}

function product(a: Matrix, b: Matrix): Matrix {
  const [height, inner] = a.shape as [number, number]
  const width = b.shape[1]!
  // A recording that only tells lengths has no values.
  if (a.data.length === 0 || b.data.length === 0) return { shape: [height, width], data: new Float32Array(0) }
  const data = new Float32Array(height * width)
  const row = new Float64Array(width)
  for (let i = 0; i < height; i++) {
    row.fill(0)
    for (let k = 0; k < inner; k++) {
      const factor = a.data[i * inner + k]!
      for (let j = 0; j < width; j++) row[j]! += factor * b.data[k * width + j]!
    }
    data.set(row, i * width)
  }
  return { shape: [height, width], data }
}

function stacked(parts: readonly Matrix[]): Matrix {
  const height = parts.reduce((sum, { shape }) => sum + shape[0]!, 0)
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0))
  let offset = 0
  for (const part of parts) {
    data.set(part.data, offset)
    offset += part.data.length
  }
  return { shape: [height, ...parts[0]!.shape.slice(1)], data }
}

function rows({ shape, data }: Matrix, start: number, end: number): Matrix {
  const width = data.length / shape[0]!
  return { shape: [end - start, ...shape.slice(1)], data: data.slice(start * width, end * width) }
}

function columns({ shape, data }: Matrix, start: number, length: number): Matrix {
  const width = shape.at(-1)!
  const height = data.length / width
  const part = new Float32Array(height * length)
  for (let row = 0; row < height; row++) {
    part.set(data.subarray(row * width + start, row * width + start + length), row * length)
  }
  return { shape: [...shape.slice(0, -1), length], data: part }
}
