import { areFinite } from '../audio/buffers/finite.js'
import type { Frames } from '../audio/buffers/frames.js'
import { type MelConfig, melPresets } from '../audio/mel/mel.js'
import type { HostArrays } from '../engine/index.js'
import type { WaveglowChunk } from '../models/waveglow/graphs.js'
import type { WaveglowModel } from '../models/waveglow/model.js'
import { checkMel } from './mel-window.js'
import { samplePrior } from './sample-prior.js'
import { unusableMel } from './signal.js'
import type { Utterance } from './synthesizer.js'

/**
 * One signal of a `waveglow` model. The first chunk is longer by what the model looks ahead; the last one gives the
 * samples that this held back.
 */
export class WaveglowSignal implements Utterance {
  private readonly mel: MelConfig
  private readonly waiting: Frames[] = []
  /** Frames of the first of `waiting` that were used. */
  private used = 0
  private pushed = 0
  /** Frames that went through the flow. */
  private fed = 0
  private hasEnded = false
  private isDone = false
  private carry: HostArrays = {}

  constructor(
    private readonly model: WaveglowModel,
    private readonly chunk: WaveglowChunk,
    private readonly lengths: { chunkFrames: number; latencyFrames: number },
    private readonly options: { seed: number; temperature: number },
  ) {
    this.mel = melPresets[model.config.mel]
  }

  push(mel: Frames): void {
    checkMel(mel, this.mel.melBands, this.pushed)
    if (mel.frames === 0) return
    this.waiting.push({ ...mel, data: mel.data.slice() })
    this.pushed += mel.frames
  }

  end(): void {
    this.hasEnded = true
  }

  async *audio(): AsyncGenerator<Float32Array> {
    for (let next = this.next(); next !== undefined; next = this.next()) {
      const samples = await this.run(next)
      if (samples.length > 0) yield samples
    }
  }

  /** The next chunk, whose length may be 0 if it is the last; undefined while there is none. */
  private next(): { frames: number; isLast: boolean } | undefined {
    const { chunkFrames, latencyFrames } = this.lengths
    const wanted = this.fed === 0 ? latencyFrames + chunkFrames : chunkFrames
    const available = this.pushed - this.fed
    if (available >= wanted) return { frames: wanted, isLast: false }
    if (!this.hasEnded || this.isDone) return undefined
    // All that was held back comes with the last chunk, even if no mel is left.
    const isEmpty = available === 0 && (this.pushed === 0 || latencyFrames === 0)
    return isEmpty ? undefined : { frames: available, isLast: true }
  }

  private async run({ frames, isLast }: { frames: number; isLast: boolean }): Promise<Float32Array> {
    const { groupsPerFrame, config } = this.model
    const { seed, temperature } = this.options
    const start = this.fed * groupsPerFrame
    const output = await this.chunk.run({
      frames,
      first: this.fed === 0 ? 1 : 0,
      last: isLast ? 1 : 0,
      mel: this.takeMel(frames),
      groups: samplePrior(seed, start, frames * groupsPerFrame, config.groupSize, temperature),
      carry: this.carry,
    })
    if (!areFinite(output.groups)) throw unusableMel(this.fed, frames, 'samples')
    this.fed += frames
    this.isDone = isLast
    this.carry = output.carry
    return output.groups
  }

  private takeMel(frames: number): Float32Array {
    const { melBands } = this.mel
    const target = new Float32Array(frames * melBands)
    let written = 0
    while (written < frames) {
      const { data, frames: length } = this.waiting[0]!
      const count = Math.min(length - this.used, frames - written)
      target.set(data.subarray(this.used * melBands, (this.used + count) * melBands), written * melBands)
      written += count
      this.used += count
      if (this.used < length) continue
      this.waiting.shift()
      this.used = 0
    }
    return target
  }
}
