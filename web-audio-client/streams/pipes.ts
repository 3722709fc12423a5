/** What iteration brings, as it is asked for; cancelling leaves the iteration. */
export function readableFrom<Item>(source: AsyncIterable<Item>): ReadableStream<Item> {
  const iterator = source[Symbol.asyncIterator]()
  return new ReadableStream<Item>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    // Nothing is taken before somebody reads.
    { highWaterMark: 0 },
  )
}

interface Writer<Values> {
  write(values: Values): Promise<void>
  end(): Promise<unknown>
  cancel(reason?: unknown): Promise<void>
}

/**
 * Writes as the server grants; closing ends the stream, aborting cancels it. So does a write that is refused: a
 * WritableStream takes nothing after that, and tells nobody else.
 */
export function writableTo<Values>(stream: Writer<Values>): WritableStream<Values> {
  return new WritableStream<Values>({
    async write(values) {
      try {
        await stream.write(values)
      } catch (error) {
        void stream.cancel(error)
        throw error
      }
    },
    close: async () => void (await stream.end()),
    abort: (reason) => stream.cancel(reason),
  })
}

/** A ReadableStream is async iterable in some engines only. */
export function iterable<Item>(source: AsyncIterable<Item> | ReadableStream<Item>): AsyncIterable<Item> {
  if (Symbol.asyncIterator in source) return source
  const stream: ReadableStream<Item> = source
  return {
    [Symbol.asyncIterator]() {
      const reader = stream.getReader()
      return {
        async next() {
          const result = await reader.read()
          return result.done ? { done: true, value: undefined } : { done: false, value: result.value }
        },
        async return() {
          await reader.cancel()
          return { done: true, value: undefined }
        },
      }
    },
  }
}
