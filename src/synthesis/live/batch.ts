import type { Compiled, Engine, HostArrays } from '../../engine/index.js'
import { type HostTensor, type Shape, sizeOf } from '../../flow/parameters.js'
import { carryKey, compileFlowChunk, compilePitch, type FlowChunk } from '../../models/glowcast/graphs.js'
import type { GlowcastModel } from '../../models/glowcast/model.js'
import type { Signal } from '../signal.js'
import { BatchRow } from './batch-row.js'

/**
 * The networks compiled for chunks of so many frames of so many signals at once. One signal costs almost as much
 * as several when chunks are short: all weights are read once a call.
 */
export class SynthesisBatch {
  private readonly pitchInput: Float32Array
  private readonly feeds: Record<string, Float32Array>
  private readonly outputs: Record<string, Float32Array>
  private last: Promise<unknown> = Promise.resolve()
  private lastFlowMs = Number.NaN

  private constructor(
    readonly model: GlowcastModel,
    private readonly flow: FlowChunk,
    private readonly pitch: Compiled,
    /** Signals in a call. */
    readonly size: number,
    /** Mel frames of each in a call. */
    readonly frames: number,
  ) {
    this.pitchInput = new Float32Array(sizeOf(pitch.inputShapes['mel']!))
    const arrays = (shapes: Readonly<Record<string, Shape>>) =>
      Object.fromEntries(
        Object.entries(shapes).map(([name, shape]) => [name, new Float32Array(sizeOf(shape))]),
      )
    this.feeds = arrays(flow.compiled.inputShapes)
    this.outputs = arrays(flow.compiled.outputShapes)
  }

  /** How long the last call of the flow took, in ms: the same work each time, however many rows are filled. */
  get flowMs(): number {
    return this.lastFlowMs
  }

  static async create(
    engine: Engine,
    model: GlowcastModel,
    weights: Record<string, HostTensor>,
    { size, frames }: { size: number; frames: number },
  ): Promise<SynthesisBatch> {
    const [flow, pitch] = await Promise.all([
      compileFlowChunk(engine, model, weights, { direction: 'synthesis', batch: size, frames }),
      compilePitch(engine, model, weights, { batch: size, frames }),
    ])
    return new SynthesisBatch(model, flow, pitch, size, frames)
  }

  /** Shapes of one signal's carry. */
  get carryShapes(): Record<string, Shape> {
    return Object.fromEntries(
      Object.entries(this.flow.carryShapes).map(([name, shape]) => [name, [1, ...shape.slice(1)]]),
    )
  }

  /**
   * Makes the next chunk of each signal; all must be ready for it. Calls wait for those before them. A signal that
   * cannot go on fails alone: the others get what they would have had without it.
   *
   * @param signals at most `size`
   * @returns each one's samples, or why it has none; it is then used up
   * @throws when the engine computes nothing any more
   */
  run(signals: readonly Signal[]): Promise<PromiseSettledResult<Float32Array>[]> {
    const result = this.last.then(() => this.runNow(signals))
    this.last = result.catch(() => undefined)
    return result
  }

  private async runNow(signals: readonly Signal[]): Promise<PromiseSettledResult<Float32Array>[]> {
    const rows = signals.map((signal, slot) => new BatchRow(signal, slot))
    for (let due = this.pitchDue(rows); due.length > 0; due = this.pitchDue(rows)) await this.runPitch(due)
    await this.runFlow(rows)
    // What broke a row stays out of the calls to come.
    for (const { slot } of rows.filter(({ hasFailed }) => hasFailed)) {
      for (const data of [this.pitchInput, ...Object.values(this.feeds)]) this.part(data, slot).fill(0)
    }
    return rows.map(({ result }) => result)
  }

  async dispose(): Promise<void> {
    await Promise.all([this.flow.compiled.dispose(), this.pitch.dispose()])
  }

  private pitchDue(rows: readonly BatchRow[]): BatchRow[] {
    return rows.filter((row) => row.attempt(({ signal }) => signal.pitchIsDue(this.frames)))
  }

  private runPitch(rows: readonly BatchRow[]): Promise<void> {
    const { pitchInput } = this
    const filled = rows.filter((row) =>
      row.attempt(({ signal, slot }) => {
        signal.writePitchInput(this.frames, this.part(pitchInput, slot))
        return true
      }),
    )
    return this.call(filled, { mel: pitchInput }, this.pitch, undefined, (row, outputs) => {
      const [voicing, octaves] = [outputs['voicingLogit']!, outputs['octaves']!]
      row.signal.takePitchOutput(this.frames, this.part(voicing, row.slot), this.part(octaves, row.slot))
    })
  }

  private runFlow(rows: readonly BatchRow[]): Promise<void> {
    const { feeds } = this
    const carryNames = Object.keys(this.flow.carryShapes)
    const filled = rows.filter((row) =>
      row.attempt(({ signal, slot }) => {
        const excitation = feeds['excitation']
        signal.writeFlowInput(this.frames, {
          mel: this.part(feeds['mel']!, slot),
          coefficients: this.part(feeds['coefficients']!, slot),
          ...(excitation === undefined ? {} : { excitation: this.part(excitation, slot) }),
        })
        for (const name of carryNames) this.part(feeds[carryKey(name)]!, slot).set(signal.carry[name]!)
        return true
      }),
    )
    return this.call(filled, feeds, this.flow.compiled, this.outputs, (row, outputs) => {
      const { signal, slot } = row
      for (const name of carryNames) signal.carry[name]!.set(this.part(outputs[carryKey(name)]!, slot))
      row.samples = signal.takeFlowOutput(this.frames, this.part(outputs['coefficients']!, slot))
    })
  }

  /**
   * One call of a network for these rows. Where it throws, the rows are called in halves and these again, so that the
   * guilty one is found and fails alone.
   *
   * @param take what a row does with the outputs
   * @throws what the engine threw for one row, when it cannot compute zeros either
   */
  private async call(
    rows: readonly BatchRow[],
    feeds: HostArrays,
    network: Compiled,
    into: HostArrays | undefined,
    take: (row: BatchRow, outputs: HostArrays) => void,
  ): Promise<void> {
    if (rows.length === 0) return
    let outputs: HostArrays
    try {
      const started = performance.now()
      outputs = await network.run(feeds, into)
      if (network === this.flow.compiled) this.lastFlowMs = performance.now() - started
    } catch (error) {
      const filled = Object.entries(feeds).map(([name, data]) => [name, data.slice()] as const)
      this.fill(feeds, filled, [])
      if (rows.length === 1) {
        await network.run(feeds, into).catch(() => Promise.reject(error))
        rows[0]!.fail(error)
        return
      }
      const middle = rows.length >> 1
      for (const half of [rows.slice(0, middle), rows.slice(middle)]) {
        this.fill(feeds, filled, half)
        await this.call(half, feeds, network, into, take)
      }
      return
    }
    for (const row of rows) row.attempt(() => take(row, outputs))
  }

  /** Zeros but for these rows, which get back what they had. */
  private fill(
    feeds: HostArrays,
    filled: readonly (readonly [name: string, data: Float32Array])[],
    rows: readonly BatchRow[],
  ): void {
    for (const [name, data] of filled) {
      feeds[name]!.fill(0)
      for (const { slot } of rows) this.part(feeds[name]!, slot).set(this.part(data, slot))
    }
  }

  private part(array: Float32Array, slot: number): Float32Array {
    const length = array.length / this.size
    return array.subarray(slot * length, (slot + 1) * length)
  }
}
