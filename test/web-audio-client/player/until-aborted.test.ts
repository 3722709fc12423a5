import { expect, it } from 'vitest'
import { untilAborted } from '../../../web-audio-client/player/until-aborted.js'

/** Counts up to `count`, then owes the next value for ever; keeps whether it was told to stop. */
function source(count: number, ends: boolean) {
  const state = { told: false }
  const iterable: AsyncIterable<number> = {
    [Symbol.asyncIterator]() {
      let next = 0
      return {
        next: () => {
          if (next < count) return Promise.resolve({ value: next++ })
          return ends ? Promise.resolve({ done: true, value: undefined }) : new Promise(() => undefined)
        },
        return: () => {
          state.told = true
          return Promise.resolve({ done: true, value: undefined })
        },
      }
    },
  }
  return { iterable, state }
}

async function collect(values: AsyncIterable<number>): Promise<number[]> {
  const all: number[] = []
  for await (const value of values) all.push(value)
  return all
}

it('passes all values of a source that ends', async () => {
  const { iterable } = source(3, true)
  expect(await collect(untilAborted(iterable, new AbortController().signal))).toEqual([0, 1, 2])
})

it('ends while the source owes a value, and tells it', async () => {
  const { iterable, state } = source(2, false)
  const abort = new AbortController()
  const collecting = collect(untilAborted(iterable, abort.signal))
  setTimeout(() => abort.abort(), 10)
  expect(await collecting).toEqual([0, 1])
  expect(state.told).toBe(true)
})

it('takes nothing when it is aborted before it begins, and still tells the source', async () => {
  const { iterable, state } = source(2, true)
  expect(await collect(untilAborted(iterable, AbortSignal.abort()))).toEqual([])
  expect(state.told).toBe(true)
})
