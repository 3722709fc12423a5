import { type ParameterSpecs, type Shape, sizeOf } from '../flow/parameters.js'
import { weightKey } from '../models/weight-inputs.js'
import { sum } from '../numeric/stats.js'
import { wasmMemory, wasmModule } from '../wasm-module.js'
import type { TrainingConfig } from './config.js'

const momentKey = (name: string) => `moment:${name}`
const varianceKey = (name: string) => `variance:${name}`

/** Names of a training state's tensors: weights, and for trained ones Adam's two moments. */
export function stateShapes(parameters: ParameterSpecs): Record<string, Shape> {
  const shapes: Record<string, Shape> = {}
  for (const [name, { shape, trainable }] of Object.entries(parameters)) {
    shapes[weightKey(name)] = shape
    if (trainable) {
      shapes[momentKey(name)] = shape
      shapes[varianceKey(name)] = shape
    }
  }
  return shapes
}

/** What `src/wasm/adam.ts` exports; arrays are addresses in bytes. */
interface Kernel {
  sumOfSquares(count: number, values: number): number
  /** The order of `arrays` and `scalars` is that of the kernel's parameters. */
  adam(count: number, ...arraysAndScalars: number[]): void
}

/**
 * The weights of a model, their running average, gradients and Adam's moments, side by side in the memory of a
 * WebAssembly kernel, which the graph's engine reads and writes too: an optimiser step is one pass over them, where as
 * nodes of the graph it was a dozen.
 */
export class Adam {
  /** By the names of `stateShapes`. */
  readonly tensors: Record<string, Float32Array> = {}
  /** Running average of the weights, and gradients of the trained ones, by weight name. */
  readonly average: Record<string, Float32Array> = {}
  readonly gradients: Record<string, Float32Array> = {}
  private readonly kernel: Kernel

  constructor(
    parameters: ParameterSpecs,
    private readonly config: Pick<TrainingConfig, 'adamBeta1' | 'adamBeta2' | 'clipNorm'>,
  ) {
    const all = Object.entries(parameters)
    const trainable = all.filter(([, spec]) => spec.trainable)
    const bytes = (entries: typeof all) => entries.reduce((sum, [, { shape }]) => sum + paddedBytes(shape), 0)
    const memory = wasmMemory(firstByte + 2 * bytes(all) + 3 * bytes(trainable))
    let at = firstByte
    const array = (shape: Shape) => {
      const view = new Float32Array(memory.buffer, at, sizeOf(shape))
      at += paddedBytes(shape)
      return view
    }
    for (const [name, { shape, trainable }] of all) {
      this.tensors[weightKey(name)] = array(shape)
      this.average[name] = array(shape)
      if (!trainable) continue
      this.tensors[momentKey(name)] = array(shape)
      this.tensors[varianceKey(name)] = array(shape)
      this.gradients[name] = array(shape)
    }
    this.kernel = new WebAssembly.Instance(wasmModule('adam'), { env: { memory } })
      .exports as unknown as Kernel
  }

  /** Copies a state in. */
  load(
    tensors: Readonly<Record<string, Float32Array>>,
    average: Readonly<Record<string, Float32Array>>,
  ): void {
    for (const [name, data] of Object.entries(this.tensors)) data.set(tensors[name]!)
    for (const [name, data] of Object.entries(this.average)) data.set(average[name]!)
  }

  /** Norm of the gradients of these weights, all together. */
  gradientNorm(names: readonly string[]): number {
    const squares = names.map((name) => {
      const { length, byteOffset } = this.gradients[name]!
      return this.kernel.sumOfSquares(paddedLength(length), byteOffset)
    })
    return Math.sqrt(sum(squares))
  }

  /**
   * One step with the gradients as they are, clipped to `clipNorm`.
   *
   * @param step from 1
   * @param keep share of the new weights in the running average
   */
  step(names: readonly string[], options: { step: number; rate: number; norm: number; keep: number }): void {
    const { adamBeta1, adamBeta2, clipNorm } = this.config
    const { step, rate, norm, keep } = options
    const root = Math.sqrt(1 - adamBeta2 ** step)
    const scalars = [
      clipNorm / Math.max(norm, clipNorm),
      adamBeta1,
      adamBeta2,
      (rate * root) / (1 - adamBeta1 ** step),
      epsilon * root,
      keep,
    ]
    for (const name of names) {
      const arrays = [
        this.tensors[weightKey(name)]!,
        this.tensors[momentKey(name)]!,
        this.tensors[varianceKey(name)]!,
        this.average[name]!,
        this.gradients[name]!,
      ]
      const addresses = arrays.map(({ byteOffset }) => byteOffset)
      this.kernel.adam(paddedLength(arrays[0]!.length), ...addresses, ...scalars)
    }
  }
}

const epsilon = 1e-8

/** The kernel's own data lie below. */
const firstByte = 65_536

/** The kernel takes four floats at a time; what pads an array stays zero. */
function paddedLength(length: number): number {
  return 4 * Math.ceil(length / 4)
}

function paddedBytes(shape: Shape): number {
  return 4 * paddedLength(sizeOf(shape))
}
