import { toMono } from '../../audio/files/channels.js'
import { concatFloats } from '../../numeric/concat-floats.js'
import { decibels, mean, meanSquare } from '../../numeric/stats.js'

/** Which ends of a recording lie within sound: it was cut there. */
export interface CutEnds {
  readonly start: boolean
  readonly end: boolean
}

const noCutEnds: CutEnds = { start: false, end: false }

/** Times from an end, seconds: of what is first there, of what follows it, and of what is still there after a while. */
const firstSeconds = 0.01
const nextSeconds = 0.05
const laterSeconds = [0.2, 0.3] as const

/** Sound at an end is no more than this below the recording's level, dB; what is still there, no more than that. */
const firstBelowDb = 20
const laterBelowDb = 30

/** What is so much louder than all that follows is a click at the end, not sound that was cut. */
const clickDb = 20

const floorPower = 1e-12

/** Keeps both ends of a stream of samples, to tell at last whether sound was cut there. */
export class CutEndMeter {
  private readonly length: number
  private head: Float32Array = new Float32Array(0)
  private tail: Float32Array = new Float32Array(0)

  constructor(private readonly sampleRate: number) {
    this.length = Math.ceil(laterSeconds[1] * sampleRate)
  }

  /** @param channels one block of each */
  push(channels: readonly Float32Array[]): void {
    const samples = toMono({ channels })
    const wanted = this.length - this.head.length
    if (wanted > 0) this.head = concatFloats([this.head, samples.subarray(0, wanted)])
    this.tail = concatFloats([this.tail, samples.subarray(-this.length)]).slice(-this.length)
  }

  /** @param levelDb of the recording, dB full scale; null for silence, which nothing cuts */
  ends(levelDb: number | null): CutEnds {
    if (levelDb === null) return noCutEnds
    return {
      start: this.isWithinSound(this.head, levelDb),
      end: this.isWithinSound(this.tail.toReversed(), levelDb),
    }
  }

  private isWithinSound(samples: Float32Array, levelDb: number): boolean {
    const at = (seconds: number) => Math.round(seconds * this.sampleRate)
    const level = (from: number, to: number) => varianceDb(samples.subarray(at(from), at(to)))
    const first = level(0, firstSeconds)
    if (first < levelDb - firstBelowDb) return false
    if (first - level(firstSeconds, nextSeconds) > clickDb) return false
    // A burst of noise at the end of a recording is a fault of its own.
    for (let time = laterSeconds[0]; time < laterSeconds[1]; time += firstSeconds) {
      if (level(time, time + firstSeconds) > levelDb - laterBelowDb) return true
    }
    return false
  }
}

function varianceDb(samples: Float32Array): number {
  if (samples.length === 0) return decibels(floorPower)
  return decibels(Math.max(meanSquare(samples) - mean(samples) ** 2, floorPower))
}
