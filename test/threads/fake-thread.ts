import { EventEmitter } from 'node:events'
import { type ControlWords, ThreadControl } from '../../src/threads/thread-control.js'
import type { StartThread, ThreadHandle } from '../../src/threads/watched-thread.js'

/** A thread that is none: a test says what comes of it, and sees what goes to it. */
export class FakeThread extends EventEmitter {
  readonly sent: unknown[] = []
  readonly control: ThreadControl
  isTerminated = false

  constructor(readonly data: { readonly control: ControlWords }) {
    super()
    this.control = new ThreadControl(data.control)
  }

  postMessage(message: unknown): void {
    this.sent.push(message)
  }

  unref(): void {
    // Nothing keeps the process alive.
  }

  async terminate(): Promise<number> {
    this.isTerminated = true
    this.emit('exit', 1)
    return 1
  }
}

/** Starts fakes, and keeps them. */
export function fakeThreads(): { started: FakeThread[]; start: StartThread } {
  const started: FakeThread[] = []
  const start: StartThread = (_url, data) => {
    const thread = new FakeThread(data as { control: ControlWords })
    started.push(thread)
    return thread as unknown as ThreadHandle
  }
  return { started, start }
}
