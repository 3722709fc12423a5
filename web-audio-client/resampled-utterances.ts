import { Resampler } from '../src/audio/resample.js'
import type { PcmChunk } from './inbox.js'

/** Chunks at the context's rate; each utterance is a signal of its own, so that its end waits for no other. */
export class ResampledUtterances {
  private readonly resamplers = new Map<number, Resampler>()
  private current: Resampler | undefined

  /** @param toRate Hz, a positive whole number */
  constructor(private readonly toRate: number) {}

  /** The samples that the chunk settles; all that there are if it is the last of its utterance. */
  take({ samples, sampleRate, last }: PcmChunk): Float32Array {
    this.current = this.resamplers.get(sampleRate) ?? new Resampler(sampleRate, this.toRate)
    this.resamplers.set(sampleRate, this.current)
    const settled = this.current.push(samples)
    return last ? joined(settled, this.current.flush()) : settled
  }

  /** What the last utterance still owes, when its last chunk did not say so. */
  rest(): Float32Array {
    return this.current?.flush() ?? new Float32Array(0)
  }

  /** Forgets what was not finished. */
  restart(): void {
    this.rest()
  }
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
