import { Playback } from './playback.js'
import { wordCount } from './playback-words.js'
import {
  type FromProcessor,
  type ProcessorSettings,
  processorName,
  type ToProcessor,
} from './player-messages.js'
import { Ring } from './ring.js'

/** The module that `Player` loads into the AudioWorklet. */
class PlayerProcessor extends AudioWorkletProcessor {
  private readonly ring: Ring
  private readonly words: Int32Array
  private readonly playback: Playback
  private open = true

  /** Audio thread, once; allocates the rings and words of the port transport, and views. */
  constructor(options: AudioWorkletNodeOptions) {
    super()
    const { capacity, fadeSamples, memory } = options.processorOptions as ProcessorSettings
    this.ring = new Ring(memory?.ring ?? new ArrayBuffer(Ring.bytes(capacity)), capacity)
    this.words = new Int32Array(memory?.words ?? new ArrayBuffer(4 * wordCount))
    this.playback = new Playback(this.ring, this.words, fadeSamples)
    this.port.onmessage = ({ data }: MessageEvent<ToProcessor>) => this.receive(data)
  }

  /** Audio thread, once per block; allocates nothing. See `Playback.render`. */
  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    this.playback.render(outputs[0]![0]!, currentFrame)
    return this.open
  }

  /**
   * Audio thread, between blocks; only the port transport and the end use it. The browser allocates each message,
   * and a report one copy of the words, which is why `process` sends none.
   */
  private receive(message: ToProcessor): void {
    if (message.type === 'samples') this.ring.write(message.samples)
    else if (message.type === 'word') Atomics.store(this.words, message.word, message.value)
    else if (message.type === 'close') this.open = false
    if (message.type === 'samples' || message.type === 'report') {
      const report: FromProcessor = {
        type: 'report',
        consumed: this.ring.consumed,
        words: this.words.slice(),
      }
      this.port.postMessage(report)
    }
  }
}

registerProcessor(processorName, PlayerProcessor)
