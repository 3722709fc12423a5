import { vi } from 'vitest'
import { wordCount } from '../../web-audio-client/player/worklet/control-block.js'
import type {
  FromProcessor,
  ProcessorSettings,
  ToProcessor,
} from '../../web-audio-client/player/worklet/messages.js'
import { Playback } from '../../web-audio-client/player/worklet/playback.js'
import { Ring } from '../../web-audio-client/player/worklet/ring.js'

const blockFrames = 128

class FakeParam {
  value = 1
  cancelScheduledValues(): void {}
  setValueAtTime(): void {}
  linearRampToValueAtTime(): void {}
}

/** A context with one worklet, whose audio thread renders when it is told to, and by itself does nothing. */
export class FakeContext extends EventTarget {
  readonly sampleRate = 24_000
  state = 'running'
  currentTime = 0
  resumes = 0
  /** What came out so far. */
  readonly heard: number[] = []
  readonly audioWorklet = { addModule: async () => undefined }
  playback: Playback | undefined
  channels = 1

  async resume(): Promise<void> {
    this.resumes += 1
  }

  become(state: string): void {
    this.state = state
    this.dispatchEvent(new Event('statechange'))
  }

  render(blocks = 1): void {
    for (let i = 0; i < blocks; i++) {
      const block = new Float32Array(blockFrames * this.channels)
      this.playback!.render(block, Math.round(this.currentTime * this.sampleRate))
      this.heard.push(...block)
      this.currentTime += blockFrames / this.sampleRate
    }
  }
}

/** The page's globals for sound; `vi.unstubAllGlobals` takes them away. */
export function stubAudio(): void {
  class FakeNode {
    constructor(readonly context: FakeContext) {}
    readonly gain = new FakeParam()
    connect<Target>(target: Target): Target {
      return target
    }
    disconnect(): void {}
  }
  class FakeWorkletNode extends FakeNode {
    readonly port = {
      onmessage: null as ((event: { data: FromProcessor }) => void) | null,
      postMessage: (message: ToProcessor) => this.receive(message),
    }
    private readonly ring: Ring
    private readonly words = new Int32Array(wordCount)

    constructor(context: FakeContext, _name: string, options: { processorOptions: ProcessorSettings }) {
      super(context)
      const { capacity, fadeSamples, channels } = options.processorOptions
      this.ring = new Ring(new ArrayBuffer(Ring.bytes(capacity)), capacity)
      context.playback = new Playback(this.ring, this.words, fadeSamples)
      context.channels = channels
    }

    /** As the worklet does, with messages that take no time. */
    private receive(message: ToProcessor): void {
      if (message.type === 'samples') this.ring.write(message.samples)
      else if (message.type === 'word') this.words[message.word] = message.value
      if (message.type === 'samples' || message.type === 'report') {
        this.port.onmessage?.({
          data: { type: 'report', consumed: this.ring.consumed, words: this.words.slice() },
        })
      }
    }
  }
  vi.stubGlobal('AudioContext', FakeContext)
  vi.stubGlobal('AudioWorkletNode', FakeWorkletNode)
  vi.stubGlobal('GainNode', FakeNode)
}
