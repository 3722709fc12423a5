import { SampleWindow } from '../../src/audio/buffers/sample-window.js'

/** A stream whose audio comes all at once has so much of it scored before others get their turn. */
const partSeconds = 0.05

/**
 * Samples that wait to be scored, in parts of one length: many small messages take no more than few large ones. What has
 * come may be taken at any time, before the part is whole.
 */
export class PartQueue {
  private readonly length: number
  private readonly waiting = new SampleWindow()

  constructor(sampleRate: number) {
    this.length = Math.ceil(partSeconds * sampleRate)
  }

  push(samples: Float32Array): void {
    this.waiting.append(samples)
  }

  /** The oldest part, in a buffer of its own; undefined when nothing waits. */
  take(): Float32Array | undefined {
    if (this.waiting.length === 0) return undefined
    const part = new Float32Array(Math.min(this.length, this.waiting.length))
    this.waiting.take(part)
    return part
  }

  clear(): void {
    this.waiting.drop(this.waiting.length)
  }
}
