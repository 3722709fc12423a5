/** A client may speak of a stream before it hears that it has ended, or was refused: of so many that is forgiven. */
const most = 256

/** Numbers of streams that were open a moment ago. */
export class RecentNumbers {
  private readonly numbers = new Set<number>()

  has(number: number): boolean {
    return this.numbers.has(number)
  }

  add(number: number): void {
    this.numbers.add(number)
    const [oldest] = this.numbers
    if (this.numbers.size > most) this.numbers.delete(oldest!)
  }

  delete(number: number): void {
    this.numbers.delete(number)
  }
}
