import { invalidArgument, shapeMismatch } from '../../errors.js'
import { product } from '../../numeric/stats.js'
import { plural } from '../../plural.js'
import type { TraceableFunction, TraceOptions } from '../compile.js'
import type { Shape } from '../graph/builder.js'
import type { Sizes } from '../symbolic-shapes.js'

export interface CompileOptions extends TraceOptions {
  /** Threads that one call uses; default: the engine's. */
  readonly threads?: number
}

export type HostArrays = Record<string, Float32Array>

/** A function for one set of input shapes. */
export interface Compiled {
  readonly inputShapes: Readonly<Record<string, Shape>>
  readonly outputShapes: Readonly<Record<string, Shape>>
  /** 0 where nothing is recorded (eager engines). */
  readonly nodeCount: number
  readonly compileMs: number
  /** Multiply-accumulates of one call's matrix products; 0 for eager engines. */
  readonly macs: number
  /**
   * @param into arrays that outputs of these names are written to and returned in; other names are left alone
   * @throws GlowcastError SHAPE_MISMATCH naming an array that is missing, unknown or of another length
   */
  run(feeds: HostArrays, into?: HostArrays): Promise<HostArrays>
  dispose(): Promise<void>
}

/** A function of inputs whose lengths depend on a few numbers that are only known at each call. */
export interface ShapeSpecialisedFunction {
  /** The function and the shapes of its inputs: the same operations at all sizes, lengths affine in them. */
  at(sizes: Sizes): {
    readonly fn: TraceableFunction
    readonly inputShapes: Readonly<Record<string, Shape>>
  }
  /** Sizes to record it at: `base`, `base` with one size a step further, `check`. No length may be 0 there. */
  readonly sampleShapes: { readonly base: Sizes; readonly steps: Sizes; readonly check: Sizes }
}

/** A function for any sizes, with one copy of its constants. */
export interface ShapeSpecialisedCompiled {
  /**
   * @param feeds by the names and shapes that the function has at these sizes
   * @throws GlowcastError SHAPE_MISMATCH naming an array that is missing, unknown or of another length
   */
  run(sizes: Sizes, feeds: HostArrays): Promise<HostArrays>
  dispose(): Promise<void>
}

export type EngineName = 'onnx' | 'tensorflow' | 'tfjs-cpu'

export interface Engine {
  readonly name: EngineName
  /** What runs where, for people. */
  readonly description: string
  compile(
    fn: TraceableFunction,
    inputShapes: Readonly<Record<string, Shape>>,
    options?: CompileOptions,
  ): Promise<Compiled>
  compileShapeSpecialised(
    fn: ShapeSpecialisedFunction,
    options?: CompileOptions,
  ): Promise<ShapeSpecialisedCompiled>
}

/**
 * @param into arrays for outputs; they must not be feeds too, whose values would change during the call
 * @throws GlowcastError SHAPE_MISMATCH naming the array
 */
export function checkArrays(
  { inputShapes, outputShapes = {} }: Pick<Compiled, 'inputShapes'> & Partial<Pick<Compiled, 'outputShapes'>>,
  feeds: HostArrays,
  into: HostArrays = {},
): void {
  for (const [name, shape] of Object.entries(inputShapes)) checkLength(`input ${name}`, feeds[name], shape)
  for (const [name, data] of Object.entries(into)) {
    const shape = outputShapes[name]
    if (shape !== undefined) checkLength(`output ${name}`, data, shape)
  }
  const unknown = Object.keys(feeds).find((name) => inputShapes[name] === undefined)
  if (unknown !== undefined) {
    const known = Object.keys(inputShapes).join(', ')
    throw shapeMismatch(`input ${unknown}`, 'an unknown name', known)
  }
  const sources = new Set(Object.values(feeds))
  const shared = Object.keys(into).find((name) => sources.has(into[name]!))
  if (shared !== undefined) {
    throw invalidArgument(`output ${shared}`, 'an array that is a feed too', 'its own')
  }
}

function checkLength(field: string, data: Float32Array | undefined, shape: Shape): void {
  const size = product(shape)
  if (data?.length === size) return
  const got = data === undefined ? 'nothing' : plural(data.length, 'value')
  throw shapeMismatch(field, got, `[${shape.join(', ')}]: ${plural(size, 'value')}`)
}
