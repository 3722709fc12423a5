/** A shorter flat top is a peak that happens to lie between two steps. */
const shortestRun = 3

/** What lies closer to the extreme than this is on it: half a step of 16 bits. */
const tolerance = 0.5 / 32768

/** Counts the samples of one channel that sit flat at its largest or smallest value. */
export class ClipCounter {
  private readonly above = new Clipping()
  private readonly below = new Clipping()

  push(sample: number): void {
    this.above.push(sample)
    this.below.push(-sample)
  }

  count(): number {
    return this.above.total() + this.below.total()
  }
}

/** Flat tops at the largest value so far; a larger one makes what was counted below it worthless. */
class Clipping {
  private highest = 0
  private run = 0
  private clipped = 0

  push(sample: number): void {
    if (sample > this.highest + tolerance) {
      this.highest = sample
      this.clipped = 0
      this.run = 1
    } else if (this.highest > 0 && sample >= this.highest - tolerance) {
      this.run++
    } else if (this.run > 0) {
      this.endRun()
    }
  }

  total(): number {
    this.endRun()
    return this.clipped
  }

  private endRun(): void {
    if (this.run >= shortestRun) this.clipped += this.run
    this.run = 0
  }
}
