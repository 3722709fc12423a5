/**
 * A ring of samples between one writing and one reading thread. It lies in memory that both see (a
 * SharedArrayBuffer), or in one thread's own. Positions count samples from 0 and wrap at 2^32; the capacity is a
 * power of two, so that a position's place in the ring is its low bits. A sample is written before the position
 * that tells of it is published, and read before its place is given back: no lock, no wait, no torn read.
 */
export class Ring {
  /** Samples that fit. */
  readonly capacity: number
  private readonly positions: Int32Array
  private readonly samples: Float32Array

  /**
   * Any thread; allocates two views. Both ends make their own on the same memory.
   *
   * @param memory at least `byteOffset + Ring.bytes(capacity)` bytes, zero at first
   * @param capacity samples, a power of two
   * @throws RangeError
   */
  constructor(memory: ArrayBufferLike, capacity: number, byteOffset = 0) {
    if (!isPowerOfTwo(capacity)) throw new RangeError(`capacity: got ${capacity}, expected a power of two`)
    this.capacity = capacity
    this.positions = new Int32Array(memory, byteOffset, positionWords)
    this.samples = new Float32Array(memory, byteOffset + 4 * positionWords, capacity)
  }

  /** Bytes that a ring of `capacity` samples takes. */
  static bytes(capacity: number): number {
    return 4 * (positionWords + capacity)
  }

  /** Any thread, no allocation. Position after the newest sample; from the reading thread it may be outdated. */
  get written(): number {
    return Atomics.load(this.positions, writtenWord)
  }

  /** Any thread, no allocation. Position of the next sample to read; from the writing thread it may be outdated. */
  get consumed(): number {
    return Atomics.load(this.positions, consumedWord)
  }

  /** Reading thread, no allocation. Samples that can be read; there may be more by the time it returns. */
  available(): number {
    return (this.written - this.consumed) | 0
  }

  /** Writing thread, no allocation. Samples that can be written; there may be more room by the time it returns. */
  space(): number {
    return this.capacity - ((this.written - this.consumed) | 0)
  }

  /**
   * Writing thread, no allocation, no wait. Copies as many samples as there is room for.
   *
   * @returns how many were taken
   */
  write(source: Float32Array): number {
    const { samples } = this
    const mask = this.capacity - 1
    const at = this.written
    const count = Math.min(source.length, this.space())
    for (let i = 0; i < count; i++) samples[(at + i) & mask] = source[i]!
    Atomics.store(this.positions, writtenWord, (at + count) | 0)
    return count
  }

  /**
   * Reading thread, no allocation, no wait. Copies up to `count` samples to the start of `target`, and gives their
   * room back.
   *
   * @returns how many were there
   */
  read(target: Float32Array, count: number): number {
    const { samples } = this
    const mask = this.capacity - 1
    const at = this.consumed
    const taken = Math.min(count, this.available())
    for (let i = 0; i < taken; i++) target[i] = samples[(at + i) & mask]!
    Atomics.store(this.positions, consumedWord, (at + taken) | 0)
    return taken
  }

  /** Reading thread, no allocation. Gives back what lies before `position`, unread. */
  skipTo(position: number): void {
    const count = Math.min((position - this.consumed) | 0, this.available())
    if (count > 0) Atomics.store(this.positions, consumedWord, (this.consumed + count) | 0)
  }
}

const positionWords = 2
const writtenWord = 0
const consumedWord = 1

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value > 0 && Number.isInteger(Math.log2(value))
}
