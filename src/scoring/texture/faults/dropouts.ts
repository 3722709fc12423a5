import { blockLevels } from '../../../audio/metering/block-levels.js'
import { eventAt, prominent, type SoundEvent } from './spans.js'

/** Power of about −90 dB full scale, where a digital zero is put. */
const powerFloor = 1e-9

/** A shorter gap hides between the pulses of a low voice. */
const shortGapSeconds = 0.002

/** Sound on both sides within this time of a short gap, and not nearer than a block, is what it is in. */
const shortReachSeconds = 0.012
const shortBesideDb = -45

/** Shallower gaps are places only when there are no deeper ones: any voice has some between its pulses. */
const eventDb = 18

/**
 * Where the level of 2 ms lies below the loudest 2 ms on either side, within 12 ms, and by how many dB. Blocks overlap
 * by half, so that a gap of 3 ms holds a whole one wherever it begins.
 */
export function shortDropouts(waveform: Float32Array, sampleRate: number): SoundEvent[] {
  const length = Math.round(shortGapSeconds * sampleRate)
  const hop = Math.max(1, length >> 1)
  const levels = blockLevels(waveform, length, hop, powerFloor)
  const reach = Math.round((shortReachSeconds * sampleRate) / hop)
  const dropouts = new DropoutList(waveform, sampleRate, { length, hop, reach })
  for (let block = 0; block < levels.length; block++) {
    if (levels[block]! > -dropouts.wantedDb) continue
    const left = highest(levels, block - reach, block - 1)
    const right = highest(levels, block + 2, block + reach + 1)
    const beside = Math.min(left, right)
    if (beside > shortBesideDb) dropouts.add(block, levels[block]!, beside)
  }
  return dropouts.events()
}

/** Length of the blocks whose levels are compared, and over how many of them a gap may reach to either side. */
const gapBlockSeconds = 0.004
const gapReach = 10

/** What is quieter than this on one side of a gap is no sound that the gap is in, dB full scale. */
const gapBesideDb = -40

/** Where the level of 4 ms lies below that on both its sides, within 40 ms, and by how many dB. */
export function deepDropouts(waveform: Float32Array, sampleRate: number): SoundEvent[] {
  const length = Math.round(gapBlockSeconds * sampleRate)
  const levels = blockLevels(waveform, length, length, powerFloor)
  const dropouts = new DropoutList(waveform, sampleRate, { length, hop: length, reach: gapReach })
  for (let block = 0; block < levels.length; block++) {
    let loudest = Number.NEGATIVE_INFINITY
    for (let reach = 1; reach <= Math.min(gapReach, block, levels.length - 1 - block); reach++) {
      loudest = Math.max(loudest, Math.min(levels[block - reach]!, levels[block + reach]!))
    }
    if (loudest > gapBesideDb) dropouts.add(block, levels[block]!, loudest)
  }
  return dropouts.events()
}

interface DropoutBlocks {
  /** Samples of a block, and from one to the next. */
  readonly length: number
  readonly hop: number
  /** Blocks to either side that a gap may reach. */
  readonly reach: number
}

/** The deepest block of each run of blocks that lie below their surroundings. */
class DropoutList {
  private readonly found: SoundEvent[] = []
  private last = Number.NEGATIVE_INFINITY
  private deepest = 0

  constructor(
    private readonly waveform: Float32Array,
    private readonly sampleRate: number,
    private readonly blocks: DropoutBlocks,
  ) {}

  /** What is less deep is of no interest. */
  get wantedDb(): number {
    return Math.min(this.deepest, eventDb)
  }

  add(block: number, level: number, beside: number): void {
    const depth = beside - level
    if (depth <= 0 || depth < this.wantedDb) return
    this.deepest = Math.max(this.deepest, depth)
    const isNext = block - this.last <= 1
    this.last = block
    if (isNext && depth <= this.found.at(-1)!.strength) return
    if (isNext) this.found.pop()
    this.found.push(eventAt(...this.extent(block, beside - depth / 2), this.sampleRate, depth))
  }

  events(): SoundEvent[] {
    return prominent(this.found, eventDb)
  }

  /** The samples around a block that stay below a level. */
  private extent(block: number, levelDb: number): [first: number, end: number] {
    const { length, hop, reach } = this.blocks
    const limit = 10 ** (levelDb / 20)
    const isQuiet = (i: number) => Math.abs(this.waveform[i]!) < limit
    let [first, end] = [block * hop, block * hop + length]
    const [earliest, latest] = [Math.max(0, first - reach * hop), end + reach * hop]
    while (first > earliest && isQuiet(first - 1)) first--
    while (end < Math.min(latest, this.waveform.length) && isQuiet(end)) end++
    return [first, end]
  }
}

/** What is heard within this time on both sides of a flat stretch is louder than this (−46 dB full scale). */
const flatBesideSeconds = 0.005
const flatBesideLevel = 0.005

/** How far a flat stretch may wander: the rounding of 16 bits, half a step either way and a little. */
const flatTolerance = 1.5 / 32768

/** Shorter flat stretches are places only when there are no longer ones. */
const eventMs = 1

/** Stretches of constant samples inside sound, and their ms: lost packets, mute gaps. */
export function flatStretches(waveform: Float32Array, sampleRate: number): SoundEvent[] {
  const beside = Math.round(flatBesideSeconds * sampleRate)
  const events: SoundEvent[] = []
  let longest = 0
  for (let start = 0; start < waveform.length; ) {
    const value = waveform[start]!
    let end = start + 1
    while (end < waveform.length && Math.abs(waveform[end]! - value) <= flatTolerance) end++
    const ms = (1000 * (end - start)) / sampleRate
    const isInside =
      ms > Math.min(longest, eventMs) &&
      peak(waveform, start - beside, start) > flatBesideLevel &&
      peak(waveform, end, end + beside) > flatBesideLevel
    if (isInside) {
      longest = Math.max(longest, ms)
      events.push(eventAt(start, end, sampleRate, ms))
    }
    start = end
  }
  return prominent(events, eventMs)
}

function highest(levels: Float64Array, from: number, to: number): number {
  let result = Number.NEGATIVE_INFINITY
  for (let i = Math.max(0, from); i < Math.min(to, levels.length); i++) {
    if (levels[i]! > result) result = levels[i]!
  }
  return result
}

function peak(waveform: Float32Array, from: number, to: number): number {
  let result = 0
  for (let i = Math.max(0, from); i < Math.min(to, waveform.length); i++) {
    result = Math.max(result, Math.abs(waveform[i]!))
  }
  return result
}
