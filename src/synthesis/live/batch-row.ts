import { thrownError } from '../../errors.js'
import type { Signal } from '../signal.js'

/** A signal's place in a call of a batch. What it throws is its own failure, and none of its neighbours'. */
export class BatchRow {
  samples: Float32Array = new Float32Array(0)
  private failure: Error | undefined

  constructor(
    readonly signal: Signal,
    readonly slot: number,
  ) {}

  get hasFailed(): boolean {
    return this.failure !== undefined
  }

  get result(): PromiseSettledResult<Float32Array> {
    if (this.failure !== undefined) return { status: 'rejected', reason: this.failure }
    return { status: 'fulfilled', value: this.samples }
  }

  /** @returns what the work gives; undefined when the row has failed, before or by it */
  attempt<Result>(work: (row: this) => Result): Result | undefined {
    if (this.failure !== undefined) return undefined
    try {
      return work(this)
    } catch (error) {
      this.fail(error)
      return undefined
    }
  }

  fail(error: unknown): void {
    this.failure = thrownError(error)
  }
}

/** @throws why there are none */
export function samplesOf(result: PromiseSettledResult<Float32Array> | undefined): Float32Array {
  if (result?.status === 'fulfilled') return result.value
  throw result?.reason
}
