import type { Attribute, ElementType, GraphNode, Initializer } from './onnx-writer.js'

export type Shape = readonly number[]

/** A value of the graph that is recorded: a node's output, an input or a constant. */
export interface GraphValue {
  readonly name: string
  readonly shape: Shape
  readonly type: ElementType
}

type ConstantData = Float32Array | BigInt64Array | Uint8Array

/** Equal constants up to this many elements are stored once. */
const deduplicatedElements = 64

/** Collects nodes and constants; the same operation on the same inputs is recorded once. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = []
  readonly initializers: Initializer[] = []
  private count = 0
  private readonly known = new Map<string, GraphValue[]>()
  private readonly knownConstants = new Map<string, GraphValue>()
  private readonly shapes = new Map<string, Shape>()
  /** A reshaped value's original: reshaping again starts from there. */
  private readonly origins = new Map<string, GraphValue>()

  input(name: string, shape: Shape): GraphValue {
    return { name, shape, type: 'float32' }
  }

  constant(data: ConstantData, shape: Shape, name?: string): GraphValue {
    const type = data instanceof Float32Array ? 'float32' : data instanceof BigInt64Array ? 'int64' : 'bool'
    const key =
      name === undefined && data.length <= deduplicatedElements
        ? `${type}[${shape.join(',')}]${Array.from(data, String).join(',')}`
        : undefined
    const known = key === undefined ? undefined : this.knownConstants.get(key)
    if (known !== undefined) return known
    const value: GraphValue = { name: name ?? `c${this.count++}`, shape, type }
    this.initializers.push({ name: value.name, shape, data })
    if (key !== undefined) this.knownConstants.set(key, value)
    return value
  }

  /** Shapes of all values, those of the inputs under their names in the graph. */
  shapesByName(inputs: Readonly<Record<string, Shape>>, prefix: string): Map<string, Shape> {
    const all = new Map(this.shapes)
    for (const { name, shape } of this.initializers) all.set(name, shape)
    for (const [name, shape] of Object.entries(inputs)) all.set(`${prefix}${name}`, shape)
    return all
  }

  integers(values: readonly number[]): GraphValue {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length])
  }

  scalar(value: number): GraphValue {
    return this.constant(Float32Array.of(value), [])
  }

  /** Records a node with one output. */
  emit(
    op: string,
    inputs: readonly GraphValue[],
    shape: Shape,
    options: { attributes?: Record<string, Attribute>; type?: ElementType; domain?: string } = {},
  ): GraphValue {
    const { type = 'float32' } = options
    return this.emitAll(op, inputs, [shape], { ...options, type })[0]!
  }

  emitAll(
    op: string,
    inputs: readonly GraphValue[],
    shapes: readonly Shape[],
    options: { attributes?: Record<string, Attribute>; type?: ElementType; domain?: string },
  ): GraphValue[] {
    const { attributes = {}, type = 'float32', domain = '' } = options
    const names = inputs.map(({ name }) => name)
    const key = `${domain}:${op}(${names.join()})${JSON.stringify(attributes)}:${type}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    const outputs = shapes.map((shape) => ({ name: `v${this.count++}`, shape, type }))
    this.nodes.push({ op, inputs: names, outputs: outputs.map(({ name }) => name), attributes, domain })
    this.known.set(key, outputs)
    for (const output of outputs) this.shapes.set(output.name, output.shape)
    return outputs
  }

  reshape(value: GraphValue, shape: Shape): GraphValue {
    const origin = this.origins.get(value.name) ?? value
    if (origin.shape.length === shape.length && origin.shape.every((length, i) => length === shape[i])) {
      return origin
    }
    const result = this.emit('Reshape', [origin, this.integers(shape)], shape, { type: value.type })
    this.origins.set(result.name, origin)
    return result
  }
}
