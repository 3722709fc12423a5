import type { Shape } from '../graph/builder.js'
import type { GraphNode, Initializer } from '../graph/onnx-writer.js'

/** A graph under way to ONNX: nodes in order, constants, and the shapes of all values by name. */
export interface FlatGraph {
  readonly nodes: readonly GraphNode[]
  readonly initializers: readonly Initializer[]
  readonly shapes: Map<string, Shape>
  readonly outputs: readonly string[]
}

/** A run of columns: entries of the last axis. */
interface Columns {
  readonly start: number
  readonly length: number
}

/**
 * Makes columns where they are wanted instead of cutting them out of a wider value: the columns of a product with a
 * constant matrix are the product with its columns, those of a sum are sums, and those of values that were joined are
 * the values themselves. A Split or Slice copies all that it cuts.
 */
export function pushSlicesDown(graph: FlatGraph): FlatGraph {
  return new ColumnRewriter(graph).rewrite()
}

class ColumnRewriter {
  private readonly producers = new Map<string, GraphNode>()
  private readonly constants: Map<string, Initializer>
  private readonly uses = new Map<string, number>()
  private readonly renamed = new Map<string, string>()
  private readonly shapes: Map<string, Shape>

  constructor(private readonly graph: FlatGraph) {
    this.constants = new Map(graph.initializers.map((constant) => [constant.name, constant]))
    this.shapes = new Map(graph.shapes)
    for (const name of [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs]) {
      this.uses.set(name, (this.uses.get(name) ?? 0) + 1)
    }
  }

  rewrite(): FlatGraph {
    const nodes: GraphNode[] = []
    for (const original of this.graph.nodes) {
      const node = { ...original, inputs: original.inputs.map((name) => this.renamed.get(name) ?? name) }
      const made = this.replacement(node)
      for (const kept of made ?? [node]) {
        nodes.push(kept)
        for (const output of kept.outputs) this.producers.set(output, kept)
      }
    }
    return { ...this.graph, nodes, initializers: [...this.constants.values()], shapes: this.shapes }
  }

  /** Nodes that make what a cut gives; undefined when it stays. */
  private replacement(node: GraphNode): GraphNode[] | undefined {
    const cuts = this.cutsOf(node)
    if (cuts === undefined || node.outputs.some((name) => this.graph.outputs.includes(name))) return undefined
    const made: GraphNode[] = []
    const values = cuts.map((columns) => this.columnsOf(node.inputs[0]!, columns, made))
    if (values.includes(undefined)) return undefined
    node.outputs.forEach((output, i) => {
      this.renamed.set(output, values[i]!)
      this.uses.set(values[i]!, this.uses.get(output) ?? 0)
    })
    return made
  }

  /** The columns that a Split or a Slice takes, when it takes columns. */
  private cutsOf({ op, inputs, outputs, attributes }: GraphNode): Columns[] | undefined {
    const shape = this.shapes.get(inputs[0]!)
    const last = (shape?.length ?? 0) - 1
    if (op === 'Split' && attributes['axis'] === last) {
      let start = 0
      return outputs.map((name) => {
        const length = this.columnCount(name)
        start += length
        return { start: start - length, length }
      })
    }
    if (op !== 'Slice') return undefined
    const [starts, , axes] = inputs.slice(1).map((name) => this.constants.get(name)?.data)
    if (axes?.length !== 1 || Number(axes[0]) !== last) return undefined
    return [{ start: Number(starts![0]), length: this.columnCount(outputs[0]!) }]
  }

  /** The value of these columns; the nodes that make it are appended. Undefined where only a cut can. */
  private columnsOf(value: string, columns: Columns, made: GraphNode[]): string | undefined {
    const { start, length } = columns
    if (start === 0 && length === this.columnCount(value)) return value
    const node = this.producers.get(value)
    switch (node?.op) {
      case 'Concat':
        return this.columnsOfJoined(node, columns, made)
      case 'Reshape': {
        const [source] = node.inputs as [string]
        if (this.columnCount(source) !== this.columnCount(value)) return undefined
        const part = this.columnsOf(source, columns, made)
        const shape = [...this.shapes.get(value)!.slice(0, -1), length]
        return part && this.append(node, value, columns, [part, this.integers(shape)], made)
      }
      case 'Gemm':
        return this.uses.get(value) === 1 ? this.columnsOfProduct(node, value, columns, made) : undefined
      case 'Add': {
        if (this.uses.get(value) !== 1) return undefined
        const whole = this.shapes.get(value)!.join()
        if (node.inputs.some((name) => this.shapes.get(name)?.join() !== whole)) return undefined
        const parts = node.inputs.map((name) => this.columnsOf(name, columns, made))
        return parts.includes(undefined)
          ? undefined
          : this.append(node, value, columns, parts as string[], made)
      }
      default:
        return undefined
    }
  }

  private columnsOfJoined(
    { inputs, outputs, attributes }: GraphNode,
    columns: Columns,
    made: GraphNode[],
  ): string | undefined {
    if (attributes['axis'] !== this.shapes.get(outputs[0]!)!.length - 1) return undefined
    let offset = 0
    for (const part of inputs) {
      const start = columns.start - offset
      const count = this.columnCount(part)
      if (start >= 0 && start + columns.length <= count) {
        return this.columnsOf(part, { start, length: columns.length }, made)
      }
      offset += count
    }
    return undefined
  }

  private columnsOfProduct(
    node: GraphNode,
    value: string,
    columns: Columns,
    made: GraphNode[],
  ): string | undefined {
    const [a, b, bias] = node.inputs as [string, string, string | undefined]
    if (node.attributes['transB'] === 1) return undefined
    const matrix = this.constantColumns(b, columns)
    const row = bias === undefined ? [] : [this.constantColumns(bias, columns)]
    if (matrix === undefined || row.includes(undefined)) return undefined
    return this.append(node, value, columns, [a, matrix, ...(row as string[])], made)
  }

  /** A constant made of columns of another. */
  private constantColumns(name: string, { start, length }: Columns): string | undefined {
    const constant = this.constants.get(name)
    if (!(constant?.data instanceof Float32Array)) return undefined
    const key = partName(name, { start, length })
    if (!this.constants.has(key)) {
      const count = constant.shape.at(-1)!
      const rows = constant.data.length / count
      const data = new Float32Array(rows * length)
      for (let row = 0; row < rows; row++) {
        const from = row * count + start
        data.set(constant.data.subarray(from, from + length), row * length)
      }
      const shape = [...constant.shape.slice(0, -1), length]
      this.constants.set(key, { name: key, shape, data })
      this.shapes.set(key, shape)
    }
    return key
  }

  private integers(values: readonly number[]): string {
    const name = `shape:${values.join()}`
    this.constants.set(name, { name, shape: [values.length], data: BigInt64Array.from(values, BigInt) })
    return name
  }

  private append(
    node: GraphNode,
    value: string,
    columns: Columns,
    inputs: string[],
    made: GraphNode[],
  ): string {
    const name = partName(value, columns)
    const part = { ...node, inputs, outputs: [name] }
    made.push(part)
    this.producers.set(name, part)
    this.shapes.set(name, [...this.shapes.get(value)!.slice(0, -1), columns.length])
    this.uses.set(name, 1)
    return name
  }

  private columnCount(value: string): number {
    return this.shapes.get(value)?.at(-1) ?? 0
  }
}

function partName(value: string, { start, length }: Columns): string {
  return `${value}[${start}:${start + length}]`
}
