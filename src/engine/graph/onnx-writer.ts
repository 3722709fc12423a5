import { invalidModel } from '../../errors.js'
import { plural } from '../../plural.js'

/** An ONNX attribute: integer, list of integers, float (wrapped), or string. */
export type Attribute = number | readonly number[] | string | { readonly float: number }

export interface GraphNode {
  op: string
  inputs: string[]
  outputs: string[]
  attributes: Record<string, Attribute>
  /** '' for the standard operators. */
  domain: string
}

/** Types of the values that are recorded. */
export type ElementType = 'float32' | 'int64' | 'bool'

/** TensorProto.DataType of the ONNX specification. */
export const dataTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const

export interface Initializer {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array | BigInt64Array | Uint8Array | Int8Array | Uint16Array
  /** Default: what an array of this kind holds when a function is recorded; bytes are then booleans. */
  readonly type?: keyof typeof dataTypes
}

export interface ValueInfo {
  readonly name: string
  /** A name stands for a length that varies between calls. */
  readonly shape: readonly (number | string)[]
  /** Default: float32. */
  readonly type?: ElementType
}

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly GraphNode[]
  readonly initializers: readonly Initializer[]
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
}

/** A node of one output. */
export function oneNode(
  op: string,
  inputs: string[],
  output: string,
  attributes: GraphNode['attributes'] = {},
  domain = '',
): GraphNode {
  return { op, inputs, outputs: [output], attributes, domain }
}

/** Newest operator set whose operators the writer uses; the IR version goes with it. */
const opset = 17
const irVersion = 8

/**
 * Protobuf wire format, as far as ONNX needs it. Chunks are collected and joined once, so that a model with
 * megabytes of weights is copied once.
 */
class Message {
  private readonly parts: Uint8Array[] = []
  size = 0

  private push(bytes: Uint8Array): void {
    this.parts.push(bytes)
    this.size += bytes.length
  }

  private varint(value: number | bigint): void {
    let rest = BigInt.asUintN(64, BigInt(value))
    const bytes: number[] = []
    while (rest > 127n) {
      bytes.push(Number(rest & 127n) | 128)
      rest >>= 7n
    }
    bytes.push(Number(rest))
    this.push(Uint8Array.from(bytes))
  }

  integer(field: number, value: number): this {
    this.varint(field << 3)
    this.varint(value)
    return this
  }

  float(field: number, value: number): this {
    this.varint((field << 3) | 5)
    this.push(new Uint8Array(Float32Array.of(value).buffer))
    return this
  }

  bytes(field: number, bytes: Uint8Array): this {
    this.varint((field << 3) | 2)
    this.varint(bytes.length)
    this.push(bytes)
    return this
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }

  message(field: number, value: Message): this {
    this.varint((field << 3) | 2)
    this.varint(value.size)
    for (const part of value.parts) this.push(part)
    return this
  }

  toBytes(): Uint8Array {
    const result = new Uint8Array(this.size)
    let offset = 0
    for (const part of this.parts) {
      result.set(part, offset)
      offset += part.length
    }
    return result
  }
}

function attributeMessage(name: string, value: Attribute): Message {
  const message = new Message().text(1, name)
  if (typeof value === 'number') return message.integer(3, value).integer(20, 2)
  if (typeof value === 'string') return message.text(4, value).integer(20, 3)
  if ('float' in value) return message.float(2, value.float).integer(20, 1)
  for (const item of value) message.integer(8, item)
  return message.integer(20, 7)
}

function nodeMessage({ op, inputs, outputs, attributes, domain }: GraphNode): Message {
  const message = new Message()
  for (const input of inputs) message.text(1, input)
  for (const output of outputs) message.text(2, output)
  message.text(4, op)
  for (const [name, value] of Object.entries(attributes)) message.message(5, attributeMessage(name, value))
  if (domain !== '') message.text(7, domain)
  return message
}

function recordedType(data: Initializer['data']): keyof typeof dataTypes {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof BigInt64Array) return 'int64'
  return data instanceof Int8Array ? 'int8' : 'bool'
}

function tensorMessage({ name, shape, data, type = recordedType(data) }: Initializer): Message {
  const message = new Message()
  for (const length of shape) message.integer(1, length)
  message.integer(2, dataTypes[type]).text(8, name)
  return message.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}

function valueMessage({ name, shape, type = 'float32' }: ValueInfo): Message {
  const dimensions = new Message()
  for (const length of shape) {
    const dimension = new Message()
    dimensions.message(
      1,
      typeof length === 'number' ? dimension.integer(1, length) : dimension.text(2, length),
    )
  }
  const tensor = new Message().integer(1, dataTypes[type]).message(2, dimensions)
  return new Message().text(1, name).message(2, new Message().message(1, tensor))
}

/**
 * A serialized ONNX ModelProto (onnx.proto of the ONNX specification).
 *
 * @throws GlowcastError INVALID_MODEL when it would pass protobuf's limit of 2 GiB
 */
export function writeOnnxModel(model: OnnxGraph): Uint8Array {
  const graph = new Message()
  for (const node of model.nodes) graph.message(1, nodeMessage(node))
  graph.text(2, model.name)
  for (const initializer of model.initializers) graph.message(5, tensorMessage(initializer))
  for (const input of model.inputs) graph.message(11, valueMessage(input))
  for (const output of model.outputs) graph.message(12, valueMessage(output))
  const file = new Message().integer(1, irVersion).text(2, 'glowcast').message(7, graph)
  file.message(8, new Message().text(1, '').integer(2, opset))
  if (model.nodes.some((node) => node.domain !== '')) {
    file.message(8, new Message().text(1, 'com.microsoft').integer(2, 1))
  }
  if (file.size >= 2 ** 31) {
    throw invalidModel(model.name, plural(file.size, 'byte'), 'less than 2 GiB for one ONNX file')
  }
  return file.toBytes()
}
