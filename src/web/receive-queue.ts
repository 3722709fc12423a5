/** The page's end of what a worker was asked for. */
export interface OpenPort<Reply> {
  readonly port: MessagePort
  readonly replies: ReceiveQueue<Reply>
  /** Nothing more is wanted. */
  end(): void
}

/** Messages that wait to be read, one at a time. */
export class ReceiveQueue<Message> {
  private readonly waiting: Message[] = []
  private readonly readers: { resolve: (message: Message) => void; reject: (error: Error) => void }[] = []
  private failure: Error | undefined

  push(message: Message): void {
    const reader = this.readers.shift()
    if (reader === undefined) this.waiting.push(message)
    else reader.resolve(message)
  }

  /** No message will come any more: whoever reads gets the error. */
  fail(error: Error): void {
    this.failure = error
    for (const reader of this.readers.splice(0)) reader.reject(error)
  }

  /** @throws what `fail` was given */
  read(): Promise<Message> {
    const message = this.waiting.shift()
    if (message !== undefined) return Promise.resolve(message)
    if (this.failure !== undefined) return Promise.reject(this.failure)
    return new Promise((resolve, reject) => this.readers.push({ resolve, reject }))
  }
}
