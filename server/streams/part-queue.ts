/** A stream whose audio comes all at once has so much of it scored before others get their turn. */
const partSeconds = 0.05

/**
 * Samples that wait to be scored, in parts of one length: many small messages take no more than few large ones. What has
 * come may be taken at any time, before the part is whole.
 */
export class PartQueue {
  private readonly length: number
  private readonly parts: Float32Array[] = []
  /** For the next part: small messages that come one by one are copied out of it. */
  private spare: Float32Array | undefined
  /** Samples of the last part. */
  private filled = 0

  constructor(sampleRate: number) {
    this.length = Math.ceil(partSeconds * sampleRate)
  }

  push(samples: Float32Array): void {
    for (let from = 0; from < samples.length; ) {
      if (this.parts.length === 0 || this.filled === this.length) {
        this.parts.push(this.spare ?? new Float32Array(this.length))
        this.spare = undefined
        this.filled = 0
      }
      const piece = samples.subarray(from, from + this.length - this.filled)
      this.parts.at(-1)!.set(piece, this.filled)
      this.filled += piece.length
      from += piece.length
    }
  }

  /** The oldest part, in a buffer of its own; undefined when nothing waits. */
  take(): Float32Array | undefined {
    const part = this.parts.shift()
    if (part === undefined || this.parts.length > 0) return part
    this.spare = part
    return part.slice(0, this.filled)
  }

  clear(): void {
    this.parts.length = 0
  }
}
