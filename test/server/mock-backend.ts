import type { BackendStream, StreamEvents, SynthesisBackend } from '../../server/synthesis/backend.js'
import { melPresets } from '../../src/audio/mel/mel.js'
import { GlowcastError } from '../../src/errors.js'
import type { MelConvention, ModelDescription } from '../../src/protocol/messages.js'
import type { SynthesisOptions } from '../../src/synthesis/options.js'

const { alignment: _, ...mel } = melPresets['nvidia-22k']
export const mockMel: MelConvention = mel
const chunkFrames = 8

/** Sample n of a mock stream: exact in 16 bits, and no two neighbours alike. */
export function mockSample(n: number, seed = 0): number {
  return (((n * 7919 + seed * 101) % 60_000) - 30_000) / 32_768
}

interface MockStream {
  readonly seed: number
  readonly events: StreamEvents
  credit: number
  frames: number
  made: number
  /** Frames at which utterances end. */
  readonly ends: number[]
}

/** A backend that costs nothing: hopLength known samples for each frame, within the credit, at the next turn of the loop. */
export class MockBackend implements SynthesisBackend {
  readonly model: ModelDescription = { name: 'mock', hash: '0'.repeat(64), mel: mockMel, latencyFrames: 0 }
  readonly latency = {
    plain: [0, 1].map(() => ({ latencyFrames: 0, sufficientFrames: 1 })),
    combsByDefault: false,
  }
  readonly engine = 'mock'
  private readonly streams = new Set<MockStream>()

  /** Of the stream that was opened last. */
  lastOptions: SynthesisOptions | undefined

  constructor(public capacity = 100) {}

  get open(): number {
    return this.streams.size
  }

  openStream(options: SynthesisOptions, credit: number, events: StreamEvents): BackendStream {
    const stream: MockStream = { seed: options.seed ?? 0, events, credit, frames: 0, made: 0, ends: [] }
    this.streams.add(stream)
    this.lastOptions = options
    const later = () => setImmediate(() => this.make(stream))
    return {
      push: (_data, frames) => {
        stream.frames += frames
        later()
      },
      flush: () => {
        stream.ends.push(stream.frames)
        later()
      },
      grant: (samples) => {
        stream.credit += samples
        later()
      },
      close: async () => {
        await new Promise((resolve) => setImmediate(resolve))
        return this.streams.delete(stream) ? this.totals(stream) : undefined
      },
    }
  }

  /** Lets every stream fail, as a thread that dies does. */
  crash(): void {
    for (const stream of [...this.streams]) {
      this.streams.delete(stream)
      stream.events.failed(new GlowcastError('ENGINE_FAILED', 'stream', 'a crash', 'none'))
    }
  }

  async stop(): Promise<void> {
    this.streams.clear()
  }

  private totals({ frames, made }: MockStream) {
    return { frames, samples: made * mockMel.hopLength, rtf: 0.001 }
  }

  private make(stream: MockStream): void {
    while (this.streams.has(stream)) {
      if (stream.ends[0] === stream.made) {
        stream.ends.shift()
        stream.events.utteranceEnded(this.totals(stream))
        continue
      }
      const count = Math.min(chunkFrames, (stream.ends[0] ?? stream.frames) - stream.made)
      if (count === 0 || stream.credit <= 0) return
      const start = stream.made * mockMel.hopLength
      const samples = new Float32Array(count * mockMel.hopLength)
      for (let i = 0; i < samples.length; i++) samples[i] = mockSample(start + i, stream.seed)
      stream.made += count
      stream.credit -= samples.length
      stream.events.audio(samples)
    }
  }
}
