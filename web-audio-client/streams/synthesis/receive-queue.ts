import { Queue } from '../../connection/queue.js'

/** Samples of a stream, as they came. */
export interface PcmChunk {
  readonly samples: Float32Array
  /** Hz */
  readonly sampleRate: number
  /** Index in the stream of the first sample. */
  readonly position: number
  /** The last of its utterance. */
  readonly last: boolean
  /** When it was received, ms of `performance.now()`. */
  readonly receivedAtMs: number
}

/** Samples received and not yet taken; bounded, as each is granted to the server only when another was taken. */
export class ReceiveQueue {
  private readonly chunks = new Queue<PcmChunk>()
  private waitingSamples = 0
  private ungranted = 0

  /**
   * @param window samples that the server may be ahead of the taker
   * @param grant tells the server of room, in lumps of a quarter of the window; false: it cannot be told now
   */
  constructor(
    private readonly window: number,
    private readonly grant: (samples: number) => boolean,
  ) {}

  /** Room for a new connection's first grant; earlier grants went with the earlier connection. */
  regrant(): number {
    this.ungranted = 0
    return this.window - this.waitingSamples
  }

  push(chunk: PcmChunk): void {
    if (this.chunks.push(chunk)) this.waitingSamples += chunk.samples.length
    else this.took(chunk)
  }

  /** No chunk follows; `failure` is thrown to the taker after the last. */
  finish(failure?: unknown): void {
    this.chunks.finish(failure)
  }

  /** Forgets what waits. */
  clear(): void {
    this.chunks.clear()
    this.waitingSamples = 0
  }

  /** The next chunk, or undefined after the last. One call at a time. */
  async take(): Promise<PcmChunk | undefined> {
    const chunk = this.chunks.shift()
    if (chunk === undefined) return this.chunks.wait()
    this.waitingSamples -= chunk.samples.length
    this.took(chunk)
    return chunk
  }

  /** Tells the server of what was taken while it could not be told. */
  grantTaken(): void {
    if (this.ungranted < this.window / 4 || this.chunks.isFinished) return
    if (this.grant(this.ungranted)) this.ungranted = 0
  }

  private took(chunk: PcmChunk): void {
    this.ungranted += chunk.samples.length
    this.grantTaken()
  }
}
