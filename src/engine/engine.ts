import { GlowcastError } from '../errors.js'
import type { Shape } from './graph-builder.js'
import type { TraceableFunction, TraceOptions } from './trace.js'

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
   * @param into arrays that take the outputs; only those named are then returned from there
   * @throws GlowcastError SHAPE_MISMATCH naming a feed that is missing, unknown or of another length
   */
  run(feeds: HostArrays, into?: HostArrays): Promise<HostArrays>
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
}

/** @throws GlowcastError SHAPE_MISMATCH */
export function checkFeeds(shapes: Readonly<Record<string, Shape>>, feeds: HostArrays): void {
  for (const [name, shape] of Object.entries(shapes)) {
    const feed = feeds[name]
    const size = shape.reduce((product, length) => product * length, 1)
    if (feed?.length !== size) {
      const got = feed === undefined ? 'nothing' : `${feed.length} values`
      throw new GlowcastError('SHAPE_MISMATCH', `input ${name}`, got, `[${shape.join(', ')}]: ${size} values`)
    }
  }
  const unknown = Object.keys(feeds).find((name) => shapes[name] === undefined)
  if (unknown !== undefined) {
    throw new GlowcastError(
      'SHAPE_MISMATCH',
      `input ${unknown}`,
      'an unknown name',
      Object.keys(shapes).join(', '),
    )
  }
}
