interface Segment {
  start: number
  end: number
}

/**
 * Samples that must be heard at a given position, and may come too late. Towards a hole they fade out, and behind it in;
 * what is late is not heard.
 */
export class Playout {
  /** Holes that were heard. */
  underruns = 0
  private readonly ring: Float32Array
  private readonly segments: Segment[] = []
  private gain = 0

  /**
   * @param capacity samples that may lie before the one that is heard, at least
   * @param fadeSamples of a fade
   */
  constructor(
    capacity: number,
    private readonly fadeSamples: number,
  ) {
    this.ring = new Float32Array(2 ** Math.ceil(Math.log2(capacity)))
  }

  /** @param at not before the end of what was written */
  write(at: number, samples: Float32Array): void {
    const mask = this.ring.length - 1
    for (let i = 0; i < samples.length; i++) this.ring[(at + i) & mask] = samples[i]!
    const last = this.segments.at(-1)
    if (last !== undefined && last.end === at) last.end += samples.length
    else this.segments.push({ start: at, end: at + samples.length })
  }

  /** Audio thread, no allocation. @param position one after that of the call before */
  read(position: number): number {
    while (this.segments.length > 0 && this.segments[0]!.end <= position) this.segments.shift()
    const segment = this.segments[0]
    const left = segment === undefined || position < segment.start ? 0 : segment.end - position
    const before = this.gain
    this.gain = Math.min(before + 1 / this.fadeSamples, left / this.fadeSamples, 1)
    if (this.gain === 0) {
      if (before > 0) this.underruns += 1
      return 0
    }
    return this.gain * this.ring[position & (this.ring.length - 1)]!
  }
}
