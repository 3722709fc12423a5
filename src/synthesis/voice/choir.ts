import type { Frames } from '../../audio/buffers/frames.js'
import { SampleWindow } from '../../audio/buffers/sample-window.js'
import { type MelConfig, melPresets } from '../../audio/mel/mel.js'
import { type Refinement, refinementLatency } from '../../audio/mel-refinement/chain.js'
import { silentLogMel } from '../../models/glowcast/mel-normalization.js'
import type { SynthesisBatch } from '../live/batch.js'
import { samplesOf } from '../live/batch-row.js'
import { framesForSamples } from '../live/latency.js'
import { Signal } from '../signal.js'
import type { Melody } from './melody.js'
import type { PartId, Score } from './score.js'
import { PartPitch, Singer } from './singer.js'

/** In which the gain of a part moves from 0 to 1. */
const rampSeconds = 0.02

/** Of batches, from the smallest; all are of the same frames. */
export type Batches = readonly [SynthesisBatch, ...SynthesisBatch[]]

/** Sings one mel in as many parts as the score asks for; their sum goes out. */
export class Choir {
  private readonly mel: MelConfig
  private readonly frames: number
  /** Frames from which a part that begins goes on. */
  private readonly past: SampleWindow
  private readonly pastFrames: number
  /** Samples at the end of what is made that are not complete. */
  private readonly held: number
  private singers: Singer[] = []
  private made = 0
  private summed = 0
  private hasEnded = false

  constructor(
    private readonly batches: Batches,
    private readonly score: Score,
    private readonly melody: Melody,
    private readonly options: Refinement & { readonly seed: number },
  ) {
    const [{ model, frames }] = batches
    this.mel = melPresets[model.config.mel]
    this.frames = frames
    this.past = new SampleWindow(this.mel.melBands, silentLogMel(this.mel.logFloor))
    this.pastFrames = Math.max(model.lookahead, model.pitchLookahead)
    this.held = model.config.groupSize + refinementLatency(this.mel, options)
  }

  /** @returns the samples, at the rate of the mel, that are complete with these frames */
  push(mel: Frames): Promise<Float32Array> {
    if (mel.frames > 0) {
      this.past.append(mel.data)
      for (const singer of this.singers) singer.push(mel)
    }
    return this.advance()
  }

  /** Ends the mel. @returns the last samples */
  async flush(): Promise<Float32Array> {
    this.hasEnded = true
    for (const { signal } of this.singers) signal.end()
    const sung = new SampleWindow()
    sung.append(await this.advance())
    for (const singer of this.singers) singer.took(singer.signal.flush())
    sung.append(this.sum(this.made * this.mel.hopLength))
    return sung.samples
  }

  private async advance(): Promise<Float32Array> {
    const sung = new SampleWindow()
    while (this.chunk() > 0) {
      const frames = this.chunk()
      this.admit()
      await this.run()
      this.made += frames
      this.past.forgetBefore(this.made - this.pastFrames)
      sung.append(this.sum(this.made * this.mel.hopLength - this.held))
    }
    return sung.samples
  }

  /** Frames of the next chunk; 0: it must wait for more. */
  private chunk(): number {
    const { frames, made, past } = this
    if (this.hasEnded) return Math.min(frames, past.end - made)
    const [{ model }] = this.batches
    const needed = framesForSamples(model, (made + frames) * this.mel.hopLength - this.held, {
      ...this.options,
      chunkFrames: frames,
    })
    return past.end >= needed ? frames : 0
  }

  /** Those who sing in the next chunk and were not there. */
  private admit(): void {
    const { hopLength } = this.mel
    const parts = this.score.partsWithin(this.made * hopLength, (this.made + this.frames) * hopLength)
    for (const { id } of this.singers) parts.delete(id)
    for (const [id, note] of parts) this.singers.push(this.begin(id, note))
  }

  private begin(id: PartId, note: number | undefined): Singer {
    const [{ model, carryShapes }] = this.batches
    const { passes: melProjections, comb } = this.options
    // Parts with the same noise would be as one.
    const seed = this.options.seed + (id === 'own' ? 0 : id)
    const pitch = new PartPitch(this.score, this.melody, note)
    const signal = new Signal(model, carryShapes, { seed, melProjections, comb }, pitch)
    signal.beginAt(this.made, this.framesFrom(Math.max(0, this.made - this.pastFrames), this.made))
    signal.push(this.framesFrom(this.made, this.past.end))
    if (this.hasEnded) signal.end()
    const step = 1 / (rampSeconds * this.mel.sampleRate)
    return new Singer(id, signal, this.score, this.made * this.mel.hopLength, step)
  }

  private framesFrom(start: number, stop: number): Frames {
    const { melBands: channels } = this.mel
    const data = new Float32Array((stop - start) * channels)
    this.past.read(start, data)
    return { data, frames: stop - start, channels }
  }

  /** One call for as many as a batch takes. */
  private async run(): Promise<void> {
    for (let from = 0; from < this.singers.length; ) {
      const left = this.singers.length - from
      const batch = this.batches.find(({ size }) => size >= left) ?? this.batches.at(-1)!
      const rows = this.singers.slice(from, from + batch.size)
      const results = await batch.run(rows.map(({ signal }) => signal))
      for (const [row, singer] of rows.entries()) singer.took(samplesOf(results[row]))
      from += rows.length
    }
  }

  /** The parts together, up to a sample. Who has faded out and is not asked for leaves. */
  private sum(stop: number): Float32Array {
    const sum = new Float32Array(Math.max(0, stop - this.summed))
    for (const singer of this.singers) singer.addTo(sum, this.summed)
    this.summed += sum.length
    const wanted = this.score.partsWithin(this.summed, this.made * this.mel.hopLength)
    this.singers = this.singers.filter(({ id, isSilent }) => !isSilent || wanted.has(id))
    return sum
  }
}
