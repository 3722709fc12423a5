import type { Compiled, Engine } from '../engine/index.js'
import { type HostTensor, type Shape, sizeOf } from '../flow/parameters.js'
import type { GlowcastModel } from '../models/glowcast.js'
import { carryKey, compileFlowChunk, compilePitch, type FlowChunk } from '../models/glowcast-graphs.js'
import type { Signal } from './signal.js'

/**
 * The networks compiled for chunks of so many frames of so many signals at once. One signal costs almost as much
 * as several when chunks are short: all weights are read once a call.
 */
export class SynthesisBatch {
  private readonly pitchInput: Float32Array
  private readonly feeds: Record<string, Float32Array>
  private readonly outputs: Record<string, Float32Array>
  private last: Promise<unknown> = Promise.resolve()

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
   * Makes the next chunk of each signal; all must be ready for it. Calls wait for those before them.
   *
   * @param signals at most `size`
   * @returns each one's samples
   */
  run(signals: readonly Signal[]): Promise<Float32Array[]> {
    const result = this.last.then(() => this.runNow(signals))
    this.last = result.catch(() => undefined)
    return result
  }

  private async runNow(signals: readonly Signal[]): Promise<Float32Array[]> {
    let due = signals.filter((signal) => signal.pitchIsDue(this.frames))
    while (due.length > 0) {
      await this.runPitch(due)
      due = due.filter((signal) => signal.pitchIsDue(this.frames))
    }
    return this.runFlow(signals)
  }

  async dispose(): Promise<void> {
    await Promise.all([this.flow.compiled.dispose(), this.pitch.dispose()])
  }

  private async runPitch(signals: readonly Signal[]): Promise<void> {
    signals.forEach((signal, slot) => {
      signal.writePitchInput(this.frames, this.part(this.pitchInput, slot))
    })
    const { voicingLogit, octaves } = await this.pitch.run({ mel: this.pitchInput })
    signals.forEach((signal, slot) => {
      signal.takePitchOutput(this.frames, this.part(voicingLogit!, slot), this.part(octaves!, slot))
    })
  }

  private async runFlow(signals: readonly Signal[]): Promise<Float32Array[]> {
    const { feeds } = this
    const carryNames = Object.keys(this.flow.carryShapes)
    signals.forEach((signal, slot) => {
      const excitation = feeds['excitation']
      signal.writeFlowInput(this.frames, {
        mel: this.part(feeds['mel']!, slot),
        coefficients: this.part(feeds['coefficients']!, slot),
        ...(excitation === undefined ? {} : { excitation: this.part(excitation, slot) }),
      })
      for (const name of carryNames) this.part(feeds[carryKey(name)]!, slot).set(signal.carry[name]!)
    })
    const outputs = await this.flow.compiled.run(feeds, this.outputs)
    return signals.map((signal, slot) => {
      for (const name of carryNames) signal.carry[name]!.set(this.part(outputs[carryKey(name)]!, slot))
      return signal.takeFlowOutput(this.frames, this.part(outputs['coefficients']!, slot))
    })
  }

  private part(array: Float32Array, slot: number): Float32Array {
    const length = array.length / this.size
    return array.subarray(slot * length, (slot + 1) * length)
  }
}
