import type { Frames } from '../audio/frames.js'
import { type MelConfig, melPresets } from '../audio/mel.js'
import type { HostArrays } from '../engine/index.js'
import { sizeOf } from '../flow/parameters.js'
import { carryKey } from '../models/glowcast-graphs.js'
import type { WaveglowModel } from '../models/waveglow.js'
import type { WaveglowChunk } from '../models/waveglow-graphs.js'
import { checkMel } from './mel-window.js'
import { samplePrior } from './sample-prior.js'
import type { Utterance } from './synthesizer.js'

/**
 * One signal of a `waveglow` model. Chunks of mel go in; the samples that come out belong to groups
 * `delayGroups` earlier. Once the signal has ended, empty frames push out the rest.
 */
export class WaveglowSignal implements Utterance {
  private readonly mel: MelConfig
  private readonly waiting: Frames[] = []
  /** Frames of the first of `waiting` that were used. */
  private used = 0
  private pushed = 0
  /** Frames that went through the flow, empty ones at the end included. */
  private fed = 0
  private ended = false
  private readonly feeds: HostArrays
  /** Where the next carry is written; it and the one in `feeds` change places with each chunk. */
  private readonly spare: HostArrays

  constructor(
    private readonly model: WaveglowModel,
    private readonly chunk: WaveglowChunk,
    private readonly chunkFrames: number,
    private readonly options: { seed: number; temperature: number },
  ) {
    this.mel = melPresets[model.config.mel]
    this.feeds = Object.fromEntries(
      Object.entries(chunk.compiled.inputShapes).map(([name, shape]) => [
        name,
        new Float32Array(sizeOf(shape)),
      ]),
    )
    this.spare = Object.fromEntries(
      Object.entries(chunk.carryShapes).map(([name, shape]) => [
        carryKey(name),
        new Float32Array(sizeOf(shape)),
      ]),
    )
  }

  push(mel: Frames): void {
    checkMel(mel, this.mel.melBands, this.pushed)
    if (mel.frames === 0) return
    this.waiting.push({ ...mel, data: mel.data.slice() })
    this.pushed += mel.frames
  }

  end(): void {
    this.ended = true
  }

  async *audio(): AsyncGenerator<Float32Array> {
    while (this.isReady()) {
      const samples = await this.next()
      if (samples.length > 0) yield samples
    }
  }

  private isReady(): boolean {
    if (!this.ended) return this.pushed - this.fed >= this.chunkFrames
    return this.madeGroups() < this.pushed * this.model.groupsPerFrame
  }

  /** Groups of the signal whose samples came out; negative while only the delay is being filled. */
  private madeGroups(): number {
    return this.fed * this.model.groupsPerFrame - this.model.delayGroups
  }

  private async next(): Promise<Float32Array> {
    const { feeds, model } = this
    const { groupSize } = model.config
    const groups = this.chunkFrames * model.groupsPerFrame
    const total = this.pushed * model.groupsPerFrame
    const firstIn = this.fed * model.groupsPerFrame
    const firstOut = this.madeGroups()
    this.takeMel(feeds['mel']!)
    feeds['noise']!.set(samplePrior(this.options.seed, firstIn, groups, groupSize, this.options.temperature))
    feeds['valid']!.fill(1).fill(0, Math.max(0, Math.min(groups, total - firstIn)))
    this.fed += this.chunkFrames
    const outputs = await this.chunk.compiled.run(feeds, this.spare)
    for (const name of Object.keys(this.spare)) {
      const previous = feeds[name]!
      feeds[name] = outputs[name]!
      this.spare[name] = previous
    }
    const from = Math.min(groups, Math.max(0, -firstOut))
    const to = Math.max(from, Math.min(groups, total - firstOut))
    return outputs['groups']!.slice(from * groupSize, to * groupSize)
  }

  /** The next frames; zeros behind the end, which the flow takes for outside. */
  private takeMel(target: Float32Array): void {
    const { melBands } = this.mel
    target.fill(0)
    let written = 0
    while (written < this.chunkFrames && this.waiting.length > 0) {
      const { data, frames } = this.waiting[0]!
      const count = Math.min(frames - this.used, this.chunkFrames - written)
      target.set(data.subarray(this.used * melBands, (this.used + count) * melBands), written * melBands)
      written += count
      this.used += count
      if (this.used < frames) continue
      this.waiting.shift()
      this.used = 0
    }
  }
}
