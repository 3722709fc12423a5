import { registerCaptureProcessor } from '../../microphone/capture-processor.js'
import { wordCount } from './control-block.js'
import { type FromProcessor, type ProcessorSettings, processorName, type ToProcessor } from './messages.js'
import { Playback } from './playback.js'
import { Ring } from './ring.js'

/** The module that `Player` and `Microphone` load into the AudioWorklet. */
class PlayerProcessor extends AudioWorkletProcessor {
  private readonly ring: Ring
  private readonly words: Int32Array
  private readonly playback: Playback
  private readonly channels: number
  /** A block of the ring's samples, in which those of a frame lie side by side. */
  private block = new Float32Array(0)
  private open = true

  /** Audio thread, once; allocates the rings and words of the port transport, and views. */
  constructor(options: AudioWorkletNodeOptions) {
    super()
    const { channels, capacity, fadeSamples, memory } = options.processorOptions as ProcessorSettings
    this.channels = channels
    this.ring = new Ring(memory?.ring ?? new ArrayBuffer(Ring.bytes(capacity)), capacity)
    this.words = new Int32Array(memory?.words ?? new ArrayBuffer(4 * wordCount))
    this.playback = new Playback(this.ring, this.words, fadeSamples)
    this.port.onmessage = ({ data }: MessageEvent<ToProcessor>) => this.receive(data)
  }

  /** Audio thread, once per block; allocates nothing after the first. See `Playback.render`. */
  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]!
    if (this.channels === 1) this.playback.render(output[0]!, currentFrame)
    else this.renderApart(output)
    return this.open
  }

  private renderApart(output: Float32Array[]): void {
    const { channels } = this
    const frames = output[0]!.length
    if (this.block.length !== frames * channels) this.block = new Float32Array(frames * channels)
    this.playback.render(this.block, currentFrame)
    for (let channel = 0; channel < channels; channel++) {
      const samples = output[channel]!
      for (let i = 0; i < frames; i++) samples[i] = this.block[i * channels + channel]!
    }
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
registerCaptureProcessor()
