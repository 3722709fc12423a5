import { Resampler } from '../../src/audio/resample.js'
import type { PcmChunk } from '../streams/synthesis/receive-queue.js'

/** Chunks at the context's rate; each utterance is a signal of its own, so that its end waits for no other. */
export class ResampledUtterances {
  /** By the rate of the source: one resampler a channel. */
  private readonly resamplers = new Map<number, readonly Resampler[]>()
  private current: readonly Resampler[] = []

  /**
   * @param toRate Hz, a positive whole number
   * @param channels whose samples lie side by side in a chunk
   */
  constructor(
    private readonly toRate: number,
    private readonly channels = 1,
  ) {}

  /** The samples that the chunk settles; all that there are if it is the last of its utterance. */
  take({ samples, sampleRate, last }: PcmChunk): Float32Array {
    this.current = this.resamplers.get(sampleRate) ?? this.makeResamplers(sampleRate)
    this.resamplers.set(sampleRate, this.current)
    const { current, channels } = this
    const settled = current.map((each, channel) => each.push(every(samples, channels, channel)))
    const joined = interleaved(settled)
    return last ? concatenated(joined, this.rest()) : joined
  }

  /** What the last utterance still owes, when its last chunk did not say so. */
  rest(): Float32Array {
    return interleaved(this.current.map((each) => each.flush()))
  }

  /** Forgets what was not finished. */
  restart(): void {
    this.rest()
  }

  private makeResamplers(sampleRate: number): Resampler[] {
    return Array.from({ length: this.channels }, () => new Resampler(sampleRate, this.toRate))
  }
}

/** Every `stride`-th sample from `first` on. */
function every(samples: Float32Array, stride: number, first: number): Float32Array {
  if (stride === 1) return samples
  return Float32Array.from({ length: samples.length / stride }, (_, i) => samples[i * stride + first]!)
}

/** Channels of one length as [frames, channels]. */
function interleaved(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0)] = channels
  if (channels.length < 2) return first
  const all = new Float32Array(first.length * channels.length)
  for (const [channel, samples] of channels.entries()) {
    for (let i = 0; i < samples.length; i++) all[i * channels.length + channel] = samples[i]!
  }
  return all
}

function concatenated(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
