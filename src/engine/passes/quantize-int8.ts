import { dataTypes, type GraphNode, type Initializer, oneNode, writeOnnxModel } from '../graph/onnx-writer.js'
import { type QuantizableProduct, replaceProducts } from './precision.js'
import type { FlatGraph } from './slice-pushdown.js'

/** Values go from -127 to 127: as many on either side. */
const largest = 127
/** An unsigned byte that stands for 0: MLAS multiplies unsigned by signed bytes, others several times slower. */
const zeroPoint = 128
/** A row of zeros has this scale. */
const minScale = 1e-30

/**
 * Products with constant matrices in 8-bit integers:
 *
 *     x W + c  =  s · (q V) · t + c,    q = round(x / s),   s = max |row of x| / 127,   V = round(W / t)
 *
 * with one t for each column of W, fixed, and one s for each row of x, found as it comes. A row is a time step, so that
 * no step's rounding depends on another's: a chunked run still equals the whole run. (One scale for all rows, as ONNX
 * Runtime's own dynamic quantisation takes it, would depend on the chunk.)
 *
 * @param isQuantizable which initializers may be rounded
 * @param hasVariableLengths whether the number of rows is known only when the graph runs
 */
export function quantizeInt8(
  graph: FlatGraph,
  isQuantizable: (initializer: string) => boolean,
  hasVariableLengths = false,
): FlatGraph {
  const rewriter = new Int8Rewriter(graph, hasVariableLengths)
  const nodes = replaceProducts(graph, isQuantizable, (product) => rewriter.replacement(product))
  return { ...graph, nodes, initializers: [...graph.initializers, ...rewriter.made.values()] }
}

class Int8Rewriter {
  readonly made = new Map<string, Initializer>()
  private readonly quantized = new Set<string>()

  constructor(
    private readonly graph: FlatGraph,
    private readonly hasVariableLengths: boolean,
  ) {}

  replacement({ node, matrix }: QuantizableProduct): GraphNode[] {
    const [x, , addend] = node.inputs as [string, string, string?]
    const [output] = node.outputs as [string]
    const columns = matrix.shape[1]!
    this.quantizeMatrix(matrix)
    const inputs = [
      `${x}:q`,
      `${matrix.name}:q`,
      this.scalar('one', 1),
      `${matrix.name}:scales`,
      this.zeroPoints([]),
      this.constant(`${matrix.name}:zeros`, [columns], new Int8Array(columns)),
    ]
    const scaled = addend === undefined ? output : `${output}:product`
    return [
      ...this.quantizeRows(x),
      oneNode('MatMulIntegerToFloat', inputs, `${output}:unscaled`, {}, 'com.microsoft'),
      oneNode('Mul', [`${output}:unscaled`, `${x}:scale`], scaled),
      ...(addend === undefined ? [] : [oneNode('Add', [scaled, addend], output)]),
    ]
  }

  /** Nodes for `x:q` and `x:scale`, unless they are there already. */
  private quantizeRows(x: string): GraphNode[] {
    if (this.quantized.has(x)) return []
    this.quantized.add(x)
    const lastAxis = { axes: [-1], keepdims: 1 }
    return [
      oneNode('ReduceMax', [x], `${x}:max`, lastAxis),
      oneNode('ReduceMin', [x], `${x}:min`, lastAxis),
      oneNode('Neg', [`${x}:min`], `${x}:-min`),
      oneNode('Max', [`${x}:max`, `${x}:-min`], `${x}:largest`),
      oneNode('Mul', [`${x}:largest`, this.scalar('1/127', 1 / largest)], `${x}:step`),
      ...(this.hasVariableLengths ? this.bytesOfAnyRows(x) : this.bytesOfRows(x)),
    ]
  }

  /** Nodes from `x:step` to `x:scale`, a column, and `x:q`. */
  private bytesOfRows(x: string): GraphNode[] {
    const rows = this.graph.shapes.get(x)![0]!
    return [
      oneNode('Max', [`${x}:step`, this.scalar('least', minScale)], `${x}:scale`),
      oneNode('Reshape', [`${x}:scale`, this.integers(rows)], `${x}:scales`),
      oneNode('QuantizeLinear', [x, `${x}:scales`, this.zeroPoints([rows])], `${x}:q`, { axis: 0 }),
    ]
  }

  private bytesOfAnyRows(x: string): GraphNode[] {
    const [zero, one] = [this.integers(0), this.integers(1)]
    return [
      oneNode('Max', [`${x}:step`, this.scalar('least', minScale)], `${x}:steps`),
      // Where there are no rows, ONNX Runtime's maxima have as many columns as x.
      oneNode('Slice', [`${x}:steps`, zero, one, one], `${x}:scale`),
      oneNode('Reshape', [`${x}:scale`, this.integers(-1)], `${x}:scales`),
      oneNode('Shape', [`${x}:scales`], `${x}:rows`),
      oneNode('Expand', [this.zeroPoints([]), `${x}:rows`], `${x}:zeros`),
      oneNode('QuantizeLinear', [x, `${x}:scales`, `${x}:zeros`], `${x}:q`, { axis: 0 }),
    ]
  }

  private quantizeMatrix({ name, shape, data }: QuantizableProduct['matrix']): void {
    if (this.made.has(`${name}:q`)) return
    const columns = shape[1]!
    // A recording that only tells lengths has no values.
    const rows = data.length / columns
    const scales = new Float32Array(columns).fill(minScale)
    const bytes = new Int8Array(data.length)
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const size = Math.abs(data[row * columns + column]!) / largest
        if (size > scales[column]!) scales[column] = size
      }
    }
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const i = row * columns + column
        bytes[i] = Math.round(data[i]! / scales[column]!)
      }
    }
    this.constant(`${name}:q`, shape, bytes)
    this.constant(`${name}:scales`, [columns], scales)
  }

  private zeroPoints(shape: readonly number[]): string {
    const name = `zero-points:${shape.join()}`
    const data = new Uint8Array(shape[0] ?? 1).fill(zeroPoint)
    if (!this.made.has(name)) this.made.set(name, { name, shape, data, type: 'uint8' })
    return name
  }

  private scalar(name: string, value: number): string {
    return this.constant(`int8:${name}`, [], Float32Array.of(value))
  }

  private integers(value: number): string {
    return this.constant(`int8:integer:${value}`, [1], BigInt64Array.of(BigInt(value)))
  }

  private constant(name: string, shape: readonly number[], data: Initializer['data']): string {
    if (!this.made.has(name)) this.made.set(name, { name, shape, data })
    return name
  }
}

/**
 * Whether ONNX Runtime's quick products of bytes are exact on this CPU. Without VNNI, x86 adds two products in 16 bits,
 * where large ones saturate.
 */
export async function byteProductsAreExact(runtime: typeof import('onnxruntime-node')): Promise<boolean> {
  const size = 64
  const bytes = new Int8Array(size * size).fill(largest)
  const model = writeOnnxModel({
    name: 'byte-products',
    nodes: [
      oneNode('QuantizeLinear', ['x', 'one', 'zero'], 'q'),
      oneNode('MatMulInteger', ['q', 'matrix'], 'sums'),
      oneNode('Cast', ['sums'], 'y', { to: dataTypes.float32 }),
    ],
    initializers: [
      { name: 'one', shape: [], data: Float32Array.of(1) },
      { name: 'zero', shape: [], data: Uint8Array.of(0), type: 'uint8' },
      { name: 'matrix', shape: [size, size], data: bytes },
    ],
    inputs: [{ name: 'x', shape: [1, size] }],
    outputs: [{ name: 'y', shape: [1, size] }],
  })
  const session = await runtime.InferenceSession.create(model, { intraOpNumThreads: 1 })
  const x = new runtime.Tensor('float32', new Float32Array(size).fill(255), [1, size])
  const { y } = await session.run({ x })
  await session.release()
  return (y!.data as Float32Array).every((sum) => sum === size * 255 * largest)
}
