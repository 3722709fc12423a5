/** What a stream has to send, in order: samples, and the ends of utterances behind their last samples. */
export type Outgoing<End> = { readonly samples: Float32Array } | { readonly end: End }

/**
 * Samples that wait for the receiver's credit. What is taken never exceeds it, so that chunks are split where it
 * ends; an end costs none.
 */
export class PcmQueue<End> {
  private readonly queue: Outgoing<End>[] = []
  private waiting = 0

  constructor(private credit: number) {}

  /** Samples that wait. */
  get samples(): number {
    return this.waiting
  }

  grant(samples: number): void {
    this.credit += samples
  }

  push(samples: Float32Array): void {
    this.queue.push({ samples })
    this.waiting += samples.length
  }

  pushEnd(end: End): void {
    this.queue.push({ end })
  }

  /** The next part that may be sent now. */
  take(): Outgoing<End> | undefined {
    const [first] = this.queue
    if (first === undefined) return undefined
    if ('end' in first) return this.queue.shift()
    if (this.credit === 0) return undefined
    const count = Math.min(first.samples.length, this.credit)
    this.credit -= count
    this.waiting -= count
    if (count === first.samples.length) return this.queue.shift()
    this.queue[0] = { samples: first.samples.subarray(count) }
    return { samples: first.samples.subarray(0, count) }
  }
}
