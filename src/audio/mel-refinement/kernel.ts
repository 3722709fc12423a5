import { wasmModule } from '../../wasm-module.js'
import type { MelConfig } from '../mel/mel.js'
import { hannWindow } from '../spectral/stft.js'
import { coarseDetail, fineDetail, gainBlurs, maxGain, melBins, tolerance, topBands } from './gains.js'

/** An address in the kernel's memory, in bytes. */
interface Pointer {
  readonly value: number
}

/** What `src/wasm/projection.ts` exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly input: Pointer
  readonly output: Pointer
  readonly wanted: Pointer
  readonly details: Pointer
  readonly window: Pointer
  readonly twiddles: Pointer
  readonly rotation: Pointer
  readonly bandRows: Pointer
  readonly bandWeights: Pointer
  readonly lowerBands: Pointer
  readonly fallingShares: Pointer
  configure(
    fftSize: number,
    hopLength: number,
    melBands: number,
    frames: number,
    seenBins: number,
    weights: number,
  ): void
  configureSmoothing(coarseDetail: number, fineDetail: number, gainBlurs: number, bands: number): void
  project(
    frames: number,
    wantedRows: number,
    strength: number,
    logFloor: number,
    maxGain: number,
    topBands: number,
    tolerance: number,
  ): void
}

let compiled: WebAssembly.Module | undefined

const known = new WeakMap<MelConfig, ProjectionKernel>()

/** The kernel for this convention; it keeps nothing between calls, so that all signals of a thread share it. */
export function projectionKernel(mel: MelConfig): ProjectionKernel {
  const kernel = known.get(mel) ?? new ProjectionKernel(mel)
  known.set(mel, kernel)
  return kernel
}

/** Frames in one call: its buffers then stay in the processor's cache. */
const maxFrames = 32

/** STFT frames brought toward their mel, by WebAssembly SIMD in single precision. */
export class ProjectionKernel {
  readonly maxFrames = maxFrames
  /** Samples from the first frame's start on: fftSize + (maxFrames − 1) · hopLength. */
  readonly input: Float32Array
  /** As long; `project` adds the frames, windowed twice, at their places. */
  readonly output: Float32Array
  /** Log-mel that the frames shall have, [maxFrames, melBands]. */
  readonly wanted: Float32Array
  /** Share of that mel's detail that each frame may follow, [maxFrames]. */
  readonly details: Float32Array
  private readonly exports: Exports

  constructor(private readonly mel: MelConfig) {
    compiled ??= wasmModule('projection')
    this.exports = new WebAssembly.Instance(compiled).exports as unknown as Exports
    const { fftSize, winLength, hopLength, melBands } = mel
    const bins = melBins(mel)
    const rows = bandRows(mel)
    this.exports.configure(fftSize, hopLength, melBands, maxFrames, bins.end, rows.weights.length)
    this.exports.configureSmoothing(coarseDetail, fineDetail, gainBlurs, melBands)
    const { memory, input, output, wanted, details, window, twiddles, rotation, bandWeights, fallingShares } =
      this.exports
    const floats = (at: Pointer, length: number) => new Float32Array(memory.buffer, at.value, length)
    const integers = (at: Pointer, length: number) => new Int32Array(memory.buffer, at.value, length)
    const samples = fftSize + (maxFrames - 1) * hopLength
    this.input = floats(input, samples)
    this.output = floats(output, samples)
    this.wanted = floats(wanted, maxFrames * melBands)
    this.details = floats(details, maxFrames)
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

  /**
   * The first `frames` frames; the bands of those beyond `wantedRows` are left as they are.
   *
   * @param strength factor on the logarithm of every gain; 0 changes nothing
   */
  project(frames: number, wantedRows: number, strength: number): void {
    const { logFloor } = this.mel
    this.exports.project(frames, wantedRows, strength, logFloor, maxGain, topBands, tolerance)
  }
}

/** Of each run of each radix-4 stage, first to last: real and imaginary parts of w^p, w^2p, w^3p in four lanes each. */
function stageTwiddles(points: number): number[] {
  const tables: number[] = []
  for (let n = points; n >= 4; n /= 4) {
    const step = n === points ? 1 : 0
    for (let p = 0; p < n / 4; p += step === 1 ? 4 : 1) {
      for (const power of [1, 2, 3]) {
        const angles = [0, 1, 2, 3].map((lane) => (2 * Math.PI * power * (p + step * lane)) / n)
        tables.push(...angles.map(Math.cos), ...angles.map((angle) => -Math.sin(angle)))
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
