import { concatFloats } from '../../../numeric/concat-floats.js'
import type { Frames } from '../../buffers/frames.js'
import type { MelDescription } from './description.js'

type Timing = Pick<MelDescription, 'sampleRate' | 'hopLength' | 'alignment'>

export function hasTimesOf(a: Timing, b: Timing): boolean {
  return a.sampleRate === b.sampleRate && a.hopLength === b.hopLength
}

/** Frames of the same duration; the last source frame lasts a hop, too. */
export function framesFor(frames: number, from: Timing, to: Timing): number {
  return Math.round((frames * from.hopLength * to.sampleRate) / (from.sampleRate * to.hopLength))
}

/** Frames at the times of another convention, each between the two that are around it, in a straight line. */
export class FrameInterpolator {
  private previous: Float32Array | undefined
  private taken = 0
  private made = 0

  constructor(
    private readonly from: Timing,
    private readonly to: Timing,
  ) {}

  /** The frames that lie no later than the last of those that came. */
  push({ data, frames, channels }: Frames): Frames {
    const rows: Float32Array[] = []
    for (let i = 0; i < frames; i++) {
      const frame = data.slice(i * channels, (i + 1) * channels)
      const { previous = frame } = this
      for (let at = this.position(); at <= this.taken; at = this.position()) {
        const share = Math.min(1, Math.max(0, at - (this.taken - 1)))
        rows.push(frame.map((value, band) => (1 - share) * previous[band]! + share * value))
        this.made += 1
      }
      this.previous = frame
      this.taken += 1
    }
    return { data: concatFloats(rows), frames: rows.length, channels }
  }

  /** The frames up to the end of the last one. */
  flush(channels: number): Frames {
    const left = Math.max(0, framesFor(this.taken, this.from, this.to) - this.made)
    const rows = Array.from({ length: left }, () => this.previous!)
    return { data: concatFloats(rows), frames: left, channels }
  }

  /** Of the next frame, in source frames. */
  private position(): number {
    const seconds = ((this.made + delayOf(this.to)) * this.to.hopLength) / this.to.sampleRate
    return (seconds * this.from.sampleRate) / this.from.hopLength - delayOf(this.from)
  }
}

/** Where a frame is centred within its hop. */
function delayOf({ alignment }: Timing): number {
  return alignment === 'hop-centred' ? 0.5 : 0
}
