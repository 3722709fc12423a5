/** A promise to be settled from elsewhere. Whoever does not await it is not bothered by its rejection. */
export class Deferred<T> {
  readonly promise: Promise<T>
  resolve!: (value: T) => void
  reject!: (reason: unknown) => void

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    // Streams tell each failure by iteration too; a promise that nobody asked for must not count as unhandled.
    this.promise.catch(() => undefined)
  }
}
