/** A value that changes: what holds from which position on. */
export class Timeline<Value> {
  private readonly changes: { readonly from: number; readonly value: Value }[]

  constructor(first: Value) {
    this.changes = [{ from: Number.NEGATIVE_INFINITY, value: first }]
  }

  get last(): Value {
    return this.changes.at(-1)!.value
  }

  /** @param from not before that of an earlier call */
  set(from: number, value: Value): void {
    if (this.changes.at(-1)!.from === from) this.changes.pop()
    this.changes.push({ from, value })
  }

  at(position: number): Value {
    return this.changes[this.indexAt(position)]!.value
  }

  /** What holds at a position of these or after it. */
  within(start: number, stop: number): Value[] {
    return this.changes
      .slice(this.indexAt(start))
      .filter(({ from }) => from < stop)
      .map(({ value }) => value)
  }

  /** No earlier position will be asked for. */
  forgetBefore(position: number): void {
    this.changes.splice(0, this.indexAt(position))
  }

  private indexAt(position: number): number {
    const at = this.changes.findLastIndex(({ from }) => from <= position)
    return Math.max(0, at)
  }
}
