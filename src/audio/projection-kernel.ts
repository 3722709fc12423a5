import { wasmModule } from '../wasm-module.js'
import type { MelConfig } from './mel.js'
import {
  coarseDetail,
  fineDetail,
  gainBlurs,
  maximumGain,
  melBins,
  tolerance,
  topBands,
} from './mel-gains.js'
import { hannWindow } from './stft.js'

/** An address in the kernel's memory, in bytes. */
interface Pointer {
  readonly value: number
}

/** What `src/wasm/projection.ts` exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly frame: Pointer
  readonly wanted: Pointer
  readonly window: Pointer
  readonly twiddles: Pointer
  readonly rotation: Pointer
  readonly bandRows: Pointer
  readonly bandWeights: Pointer
  readonly lowerBands: Pointer
  readonly fallingShares: Pointer
  configure(fftSize: number, melBands: number, seenBins: number, weights: number): void
  configureSmoothing(coarseDetail: number, fineDetail: number, gainBlurs: number): void
  project(strength: number, logFloor: number, maximumGain: number, topBands: number, tolerance: number): void
}

let compiled: WebAssembly.Module | undefined

const known = new WeakMap<MelConfig, ProjectionKernel>()

/** The kernel for this convention; it keeps nothing between calls, so that all signals of a thread share it. */
export function projectionKernel(mel: MelConfig): ProjectionKernel {
  const kernel = known.get(mel) ?? new ProjectionKernel(mel)
  known.set(mel, kernel)
  return kernel
}

/** One STFT frame brought toward its mel, by WebAssembly SIMD in single precision. */
export class ProjectionKernel {
  /** Samples of the frame, [fftSize]; `project` replaces them. */
  readonly frame: Float32Array
  /** Log-mel that the frame shall have, [melBands]. */
  readonly wanted: Float32Array
  private readonly exports: Exports

  constructor(private readonly mel: MelConfig) {
    compiled ??= wasmModule('projection')
    this.exports = new WebAssembly.Instance(compiled).exports as Exports
    const { fftSize, winLength, melBands } = mel
    const bins = melBins(mel)
    const rows = bandRows(mel)
    this.exports.configure(fftSize, melBands, bins.end, rows.weights.length)
    this.exports.configureSmoothing(coarseDetail, fineDetail, gainBlurs)
    const { memory, frame, wanted, window, twiddles, rotation, bandWeights, fallingShares } = this.exports
    const floats = (at: Pointer, length: number) => new Float32Array(memory.buffer, at.value, length)
    const integers = (at: Pointer, length: number) => new Int32Array(memory.buffer, at.value, length)
    this.frame = floats(frame, fftSize)
    this.wanted = floats(wanted, melBands)
    floats(window, fftSize).set(hannWindow(winLength, fftSize))
    const stages = stageTwiddles(fftSize / 2)
    floats(twiddles, stages.length).set(stages)
    const turns = spectrumRotation(fftSize)
    floats(rotation, turns.length).set(turns)
    integers(this.exports.bandRows, rows.table.length).set(rows.table)
    floats(bandWeights, rows.weights.length).set(rows.weights)
    // Four floats lie before the first band's gain; bands are counted from 1.
    integers(this.exports.lowerBands, bins.end).set(
      bins.lower.subarray(0, bins.end).map((band) => 4 * (band + 3)),
    )
    floats(fallingShares, bins.end).set(bins.fallingShare.subarray(0, bins.end))
  }

  /** `frame`, windowed, its bands multiplied toward `wanted`, windowed again. */
  project(strength: number): void {
    this.exports.project(strength, this.mel.logFloor, maximumGain, topBands, tolerance)
  }
}

/** Of each radix-4 stage of n points: real and imaginary parts of w^p, w^2p, w^3p, rows of n / 4. */
function stageTwiddles(points: number): number[] {
  const tables: number[] = []
  for (let n = points; n >= 4; n /= 4) {
    for (const power of [1, 2, 3]) {
      for (const part of [Math.cos, (angle: number) => -Math.sin(angle)]) {
        for (let p = 0; p < n / 4; p++) tables.push(part((2 * Math.PI * power * p) / n))
      }
    }
  }
  return tables
}

/** Cosines, then sines, of 2πk / size for k = 0 … size / 2, rows of size / 2 + 4. */
function spectrumRotation(size: number): number[] {
  const row = size / 2 + 4
  return [Math.cos, Math.sin].flatMap((part) =>
    Array.from({ length: row }, (_, k) => part((2 * Math.PI * k) / size)),
  )
}

/** Each band's triangle in whole rows of four bins, and where it lies. */
function bandRows(mel: MelConfig): { table: number[]; weights: number[] } {
  const { falling, rising, lower, end } = melBins(mel)
  const table: number[] = []
  const weights: number[] = []
  for (let band = 1; band <= mel.melBands; band++) {
    const weightOf = (bin: number) =>
      (lower[bin] === band ? falling[bin]! : 0) + (lower[bin] === band - 1 ? rising[bin]! : 0)
    const seen = Array.from({ length: end }, (_, bin) => bin).filter((bin) => weightOf(bin) > 0)
    const first = seen[0] ?? 0
    const rows = Math.ceil(((seen.at(-1) ?? -1) + 1 - first) / 4)
    table.push(first, rows, 4 * weights.length)
    for (let bin = first; bin < first + 4 * rows; bin++) weights.push(bin < end ? weightOf(bin) : 0)
  }
  return { table, weights }
}
