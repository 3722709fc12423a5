import { Deferred } from './deferred.js'

/** Values that came and were not yet taken, in order; one taker at a time. */
export class Queue<T> {
  private readonly values: T[] = []
  private waiting: Deferred<T | undefined> | undefined
  private failure: unknown
  isFinished = false

  /** @returns whether the value waits; false: a taker had waited for it */
  push(value: T): boolean {
    if (this.waiting !== undefined) {
      this.waiting.resolve(value)
      this.waiting = undefined
      return false
    }
    this.values.push(value)
    return true
  }

  /** Nothing follows; `failure` is thrown to the taker after the last value. */
  finish(failure?: unknown): void {
    if (this.isFinished) return
    this.isFinished = true
    this.failure = failure
    if (failure === undefined) this.waiting?.resolve(undefined)
    else this.waiting?.reject(failure)
    this.waiting = undefined
  }

  /** Forgets what waits. */
  clear(): void {
    this.values.length = 0
  }

  /** The next value, if it is there. */
  shift(): T | undefined {
    return this.values.shift()
  }

  /** The value that comes next; undefined after the last. Only when `shift` has none. */
  async wait(): Promise<T | undefined> {
    if (this.failure !== undefined) throw this.failure
    if (this.isFinished) return undefined
    this.waiting = new Deferred()
    return this.waiting.promise
  }
}
