import { workerData } from 'node:worker_threads'

/** Places of the words that a thread and its owner share. */
const [beatWord, enteredWord, leftWord, stopWord] = [0, 1, 2, 3]
const wordCount = 4

/** How often a thread that has nothing to do says that it lives, in ms. */
const beatMs = 250

export type ControlWords = Int32Array<SharedArrayBuffer>

/**
 * What a thread and its owner tell each other without messages, which a thread that computes does not read: that it
 * lives, that it is within a call of the engine, and that it is to stop.
 */
export class ThreadControl {
  /** @param words of the owner, in its thread; default: new ones */
  constructor(readonly words: ControlWords = new Int32Array(new SharedArrayBuffer(4 * wordCount))) {}

  /** In the thread: a sign of life, to be given within long work too. */
  beat(): void {
    Atomics.add(this.words, beatWord, 1)
  }

  /** In the thread: gives signs of life whenever its loop turns, for as long as something else keeps it alive. */
  keepBeating(): void {
    setInterval(() => this.beat(), beatMs).unref()
  }

  /** What changes as long as the thread gets on: a call of the engine that does not return is none. */
  get pulse(): string {
    return this.isInEngine
      ? `call ${Atomics.load(this.words, leftWord)}`
      : `beat ${Atomics.load(this.words, beatWord)}`
  }

  /** In the thread, around each call of the engine. */
  enterEngine(): void {
    Atomics.add(this.words, enteredWord, 1)
  }

  leaveEngine(): void {
    Atomics.add(this.words, leftWord, 1)
  }

  get isInEngine(): boolean {
    return Atomics.load(this.words, enteredWord) !== Atomics.load(this.words, leftWord)
  }

  /** Asks the thread to begin no further call of the engine. */
  stop(): void {
    Atomics.store(this.words, stopWord, 1)
  }

  get isStopping(): boolean {
    return Atomics.load(this.words, stopWord) === 1
  }
}

/** In a thread that a `WatchedThread` started: its control, beating. */
export function ownControl(): ThreadControl {
  const control = new ThreadControl((workerData as { readonly control: ControlWords }).control)
  control.keepBeating()
  return control
}
