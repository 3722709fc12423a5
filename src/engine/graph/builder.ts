import { sameBytes } from '../../numeric/same-bytes.js'
import type { Attribute, ElementType, GraphNode, Initializer } from './onnx-writer.js'

export type Shape = readonly number[]

/** A value of the graph that is recorded: a node's output, an input or a constant. */
export interface GraphValue {
  readonly name: string
  readonly shape: Shape
  readonly type: ElementType
}

export interface EmitOptions {
  readonly attributes?: Record<string, Attribute>
  /** Default: the type of the first input. */
  readonly type?: ElementType
  readonly domain?: string
}

type ConstantData = Float32Array | BigInt64Array | Uint8Array

/** Where a value that was cut out of another along one axis comes from. */
interface Cut {
  readonly source: GraphValue
  readonly axis: number
  readonly start: number
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis])
}

/** Collects nodes and constants; the same operation on the same inputs is recorded once. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = []
  readonly initializers: Initializer[] = []
  private count = 0
  private readonly known = new Map<string, GraphValue[]>()
  private readonly knownConstants = new Map<string, { value: GraphValue; data: ConstantData }[]>()
  private readonly shapes = new Map<string, Shape>()
  /** A reshaped value's original: reshaping again starts from there. */
  private readonly origins = new Map<string, GraphValue>()
  private readonly cuts = new Map<string, Cut>()

  /** @param hasVariableLengths whether the lengths of axes are one example of many: see `symbolic-shapes.ts` */
  constructor(readonly hasVariableLengths = false) {}

  input(name: string, shape: Shape): GraphValue {
    return { name, shape, type: 'float32' }
  }

  /** A constant; unnamed ones with equal values are stored once, whatever their size. */
  constant(data: ConstantData, shape: Shape, name?: string): GraphValue {
    const type = data instanceof Float32Array ? 'float32' : data instanceof BigInt64Array ? 'int64' : 'bool'
    const stride = Math.max(1, data.length >> 3)
    const probes = Array.from({ length: Math.min(8, data.length) }, (_, i) => data[i * stride])
    const key = `${type}[${shape.join()}]${probes.join()}`
    const alike = this.knownConstants.get(key) ?? []
    const twin = name === undefined ? alike.find((other) => sameBytes(other.data, data)) : undefined
    if (twin !== undefined) return twin.value
    const value: GraphValue = { name: name ?? `c${this.count++}`, shape, type }
    this.initializers.push({ name: value.name, shape, data })
    if (name === undefined) this.knownConstants.set(key, [...alike, { value, data }])
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
  emit(op: string, inputs: readonly GraphValue[], shape: Shape, options: EmitOptions = {}): GraphValue {
    return this.emitAll(op, inputs, [shape], options)[0]!
  }

  emitAll(
    op: string,
    inputs: readonly GraphValue[],
    shapes: readonly Shape[],
    options: EmitOptions = {},
  ): GraphValue[] {
    const { attributes = {}, type = inputs[0]!.type, domain = '' } = options
    const names = inputs.map(({ name }) => name)
    const key = `${op}(${names.join()})${JSON.stringify(attributes)}${type}`
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
    if (sameShape(origin.shape, shape)) return origin
    // A length of 0 else stands for that of the input.
    const attributes: Record<string, Attribute> = this.hasVariableLengths ? { allowzero: 1 } : {}
    const result = this.emit('Reshape', [origin, this.integers(shape)], shape, { attributes })
    this.origins.set(result.name, origin)
    return result
  }

  slice(x: GraphValue, begin: readonly number[], size: Shape): GraphValue {
    const axes = size
      .map((_, axis) => axis)
      .filter((axis) => begin[axis] !== 0 || size[axis] !== x.shape[axis])
    if (axes.length === 0) return x
    const starts = this.integers(axes.map((axis) => begin[axis]!))
    const ends = this.integers(axes.map((axis) => begin[axis]! + size[axis]!))
    const result = this.emit('Slice', [x, starts, ends, this.integers(axes)], size)
    const axis = axes[0]!
    if (axes.length === 1) this.cuts.set(result.name, { source: x, axis, start: begin[axis]! })
    return result
  }

  /** `length` rows from each of `starts`, side by side; made by operations where lengths vary between calls. */
  private rowIndices(length: number, starts: readonly number[]): GraphValue {
    const shape = [length, starts.length]
    if (!this.hasVariableLengths) {
      const indices = Array.from({ length: length * starts.length }, (_, i) =>
        BigInt(Math.floor(i / starts.length) + starts[i % starts.length]!),
      )
      return this.constant(BigInt64Array.from(indices), shape)
    }
    const scalar = (value: number) => this.constant(BigInt64Array.of(BigInt(value)), [])
    const range = this.emit('Range', [scalar(0), scalar(length), scalar(1)], [length])
    const column = this.emit('Unsqueeze', [range, this.integers([1])], [length, 1])
    return this.emit('Add', [column, this.integers(starts)], shape)
  }

  /**
   * Equally long cuts of one value, joined along its last axis, as one Gather: the taps of a convolution are
   * then copied once instead of twice. Undefined when the parts are something else.
   */
  gatherCuts(parts: readonly GraphValue[], axis: number): GraphValue | undefined {
    const { shape } = parts[0]!
    const cuts = parts.map((part) => this.cuts.get(part.name))
    const source = cuts[0]?.source
    const alike = cuts.every((cut) => cut?.source === source && cut?.axis === axis - 1)
    if (source === undefined || !alike || axis !== shape.length - 1) return undefined
    if (!parts.every((part) => sameShape(part.shape, shape))) return undefined
    const length = shape[axis - 1]!
    const index = this.rowIndices(
      length,
      cuts.map((cut) => cut!.start),
    )
    const gathered = [...shape.slice(0, axis), parts.length, shape[axis]!]
    return this.emit('Gather', [source, index], gathered, { attributes: { axis: axis - 1 } })
  }
}
