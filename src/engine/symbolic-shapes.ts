import { invalidArgument } from '../errors.js'
import { sameBytes } from '../numeric/same-bytes.js'
import type { TracedGraph } from './compile.js'
import type { GraphNode, Initializer, OnnxGraph, ValueInfo } from './graph/onnx-writer.js'

/** The numbers that a function's lengths depend on. */
export type Sizes = readonly number[]

/** A graph for all sizes. */
export interface MergedGraph {
  readonly graph: OnnxGraph
  /** Values of the input `lengthsInput`. */
  lengthsAt(sizes: Sizes): BigInt64Array
}

/** The graph's input with the lengths that vary, one after the other. */
export const lengthsInput = 'lengths'

/**
 * One ONNX graph of the traces of one function at several sizes, which must differ in integers only (bounds of slices,
 * shapes), each of them affine in the sizes. Those integers become an input of the graph.
 *
 * @param traces of `base`, then of `base` with one size a step further, in their order, and last of sizes that only
 *   serve as a check
 * @throws GlowcastError INVALID_ARGUMENT naming the operation in which the traces differ otherwise
 */
export function withSymbolicShapes(
  traces: readonly TracedGraph[],
  { base, steps, check }: { base: Sizes; steps: Sizes; check: Sizes },
): MergedGraph {
  const merger = new Merger(traces)
  const nodes = merger.merge()
  const slopes = (values: readonly number[]) => steps.map((step, i) => (values[i + 1]! - values[0]!) / step)
  const lengths = merger.varying.map(({ name, values }) => {
    const slope = slopes(values)
    const at = (sizes: Sizes) => slope.reduce((sum, k, i) => sum + k * (sizes[i]! - base[i]!), values[0]!)
    if (slope.some((k) => !Number.isInteger(k)) || at(check) !== values.at(-1)) {
      differ(name, `lengths ${values.join(', ')}`)
    }
    return at
  })
  return {
    graph: { ...traces[0]!, ...merger.graphParts(nodes) },
    lengthsAt: (sizes) => BigInt64Array.from(lengths, (at) => BigInt(at(sizes))),
  }
}

/** @throws GlowcastError */
function differ(where: string, got: string): never {
  const expected = 'the same operations at all sizes, and lengths that are affine in them'
  throw invalidArgument(`function of several sizes, ${where}`, got, expected)
}

class Merger {
  /** Integers that vary, in the order of the graph's input. */
  readonly varying: { name: string; values: number[] }[] = []
  private readonly constants: Map<string, Initializer>[]
  /** Of each trace: the first trace's name of a value. */
  private readonly names: Map<string, string>[]
  private readonly kept = new Map<string, Initializer>()
  /** Values cut from the lengths, by the integers of all traces. */
  private readonly cuts = new Map<string, { name: string; length: number; isScalar: boolean }>()

  constructor(private readonly traces: readonly TracedGraph[]) {
    this.constants = traces.map(({ initializers }) => new Map(initializers.map((c) => [c.name, c])))
    this.names = traces.map(({ inputs }) => new Map(inputs.map(({ name }) => [name, name])))
  }

  merge(): GraphNode[] {
    const [first, ...others] = this.traces
    const counts = this.traces.map(({ nodes }) => nodes.length)
    if (new Set(counts).size > 1) differ('operations', counts.join(', '))
    return first!.nodes.map((node, i) => {
      const where = `operation ${i} (${node.op})`
      const alike = [node, ...others.map(({ nodes }) => nodes[i]!)]
      const signatures = alike.map(
        (one) => `${one.op}${JSON.stringify(one.attributes)}(${one.inputs.length})`,
      )
      if (new Set(signatures).size > 1) differ(where, signatures.join(', '))
      const inputs = node.inputs.map((_, j) =>
        this.operand(
          alike.map((one) => one.inputs[j]!),
          where,
        ),
      )
      node.outputs.forEach((output, j) => {
        for (const [trace, one] of alike.entries()) this.names[trace]!.set(one.outputs[j]!, output)
      })
      return { ...node, inputs }
    })
  }

  graphParts(nodes: readonly GraphNode[]): Pick<OnnxGraph, 'nodes' | 'initializers' | 'inputs' | 'outputs'> {
    const cuts = [...this.cuts.values()]
    const named = (kind: 'inputs' | 'outputs') =>
      this.traces[0]![kind].map((value, i): ValueInfo => {
        const shapes = this.traces.map((trace) => trace[kind][i]!.shape)
        const varies = (axis: number) => shapes.some((shape) => shape[axis] !== value.shape[axis])
        return {
          ...value,
          shape: value.shape.map((length, axis) => (varies(axis) ? `${value.name}/${axis}` : length)),
        }
      })
    if (cuts.length === 0) {
      return {
        nodes,
        initializers: [...this.kept.values()],
        inputs: named('inputs'),
        outputs: named('outputs'),
      }
    }
    const split = integers(
      'lengths.split',
      cuts.map(({ length }) => length),
    )
    const whole = (cut: (typeof cuts)[number]) => (cut.isScalar ? `${cut.name}.one` : cut.name)
    const cutting: GraphNode[] = [
      {
        op: 'Split',
        inputs: [lengthsInput, split.name],
        outputs: cuts.map(whole),
        attributes: { axis: 0 },
        domain: '',
      },
      ...cuts
        .filter(({ isScalar }) => isScalar)
        .map((cut) => ({
          op: 'Squeeze',
          inputs: [whole(cut)],
          outputs: [cut.name],
          attributes: {},
          domain: '',
        })),
    ]
    const lengths: ValueInfo = { name: lengthsInput, shape: [this.varying.length], type: 'int64' }
    return {
      nodes: [...cutting, ...nodes],
      initializers: [...this.kept.values(), split],
      inputs: [...named('inputs'), lengths],
      outputs: named('outputs'),
    }
  }

  /** One input of one operation, by the names that the traces have for it. */
  private operand(names: readonly string[], where: string): string {
    const constants = names.map((name, trace) => this.constants[trace]!.get(name))
    const [first] = constants
    if (first === undefined) {
      const values = names.map((name, trace) => this.names[trace]!.get(name))
      if (new Set(values).size > 1) differ(where, `inputs ${values.join(', ')}`)
      return values[0]!
    }
    const shape = first.shape.join()
    if (constants.some((constant) => constant?.shape.join() !== shape))
      differ(where, `constants of shapes ${constants.map((c) => c?.shape.join()).join(' | ')}`)
    if (first.data instanceof BigInt64Array) return this.integerOperand(constants as Initializer[])
    // A weight, or made of weights, has its name from them; its values only the first trace has.
    const isWeight = first.name.includes('const:')
    const isAlike = (other: Initializer) =>
      isWeight ? other.name === first.name : sameBytes(other.data, first.data)
    if (!constants.every((constant) => isAlike(constant!))) differ(where, `constants ${names.join()}`)
    this.kept.set(first.name, first)
    return first.name
  }

  private integerOperand(constants: readonly Initializer[]): string {
    const all = constants.map(({ data }) => Array.from(data as BigInt64Array, Number))
    const key = `integers:${constants[0]!.shape.length}:${all.map((values) => values.join()).join('/')}`
    if (all.every((values) => values.join() === all[0]!.join())) {
      const name = `integers:${constants[0]!.shape.length}:${all[0]!.join()}`
      this.kept.set(name, { ...constants[0]!, name })
      return name
    }
    const known = this.cuts.get(key)
    if (known !== undefined) return known.name
    const name = `lengths.${this.cuts.size}`
    this.cuts.set(key, { name, length: all[0]!.length, isScalar: constants[0]!.shape.length === 0 })
    for (const i of all[0]!.keys()) this.varying.push({ name, values: all.map((values) => values[i]!) })
    return name
  }
}

function integers(name: string, values: readonly number[]): Initializer {
  return { name, shape: [values.length], data: BigInt64Array.from(values, BigInt) }
}
