import { type Transferable, Worker } from 'node:worker_threads'
import { diedOf } from './failure.js'
import { type ControlWords, ThreadControl } from './thread-control.js'

/** What is used of a `Worker`. */
export type ThreadHandle = Pick<Worker, 'postMessage' | 'on' | 'unref' | 'terminate'>

/** Starts a thread; `data` is its `workerData`, with the words of its `ThreadControl` as `control`. */
export type StartThread = (url: URL, data: object) => ThreadHandle

export const startWorker: StartThread = (url, workerData) => new Worker(url, { workerData })

export interface ThreadOptions<From> {
  readonly url: URL
  /** What the thread is started with. */
  readonly data: object
  /** Without a sign of life for so long, in ms, it is given up; infinite: never. */
  readonly silentMs: number
  /** The same until it is said to be ready: models are loaded and compiled by then. Default two minutes. */
  readonly startMs?: number
  onMessage(message: From): void
  /** The thread has ended, or was given up; told once, with the reason. */
  onEnd(reason: Error): void
  readonly start?: StartThread
}

/** Asks a thread to end by itself. */
const stopMessage = { type: 'stop' } as const
export type StopMessage = typeof stopMessage

/** What a thread's own end may take, and then a call of its engine, in ms. */
const endingMs = 3000
const engineMs = 10_000
const pollMs = 20
/** Signs of life are looked for so often within the time that a thread may be silent. */
const looks = 10
const defaultStartMs = 120_000

/**
 * A thread whose end is noticed however it comes: by an error, by its own exit with any code, by not starting at all,
 * by a message that cannot be read, or by silence.
 */
export class WatchedThread<To, From> {
  private readonly control = new ThreadControl()
  private readonly handle: ThreadHandle | undefined
  private watch: NodeJS.Timeout | undefined
  private hasEnded = false
  private ending: Promise<void> | undefined
  private readonly exited: Promise<void>

  constructor(private readonly options: ThreadOptions<From>) {
    const { url, data, start = startWorker, startMs = defaultStartMs } = options
    let exit: () => void = () => undefined
    this.exited = new Promise((resolve) => {
      exit = resolve
    })
    try {
      this.handle = start(url, { ...data, control: this.control.words satisfies ControlWords })
    } catch (error) {
      exit()
      // As all other ends: after the call that asked for the thread.
      queueMicrotask(() => this.finish(diedOf(error)))
      return
    }
    this.handle.on('message', (message: From) => this.take(message))
    this.handle.on('messageerror', (error: unknown) => this.giveUp(diedOf(error)))
    this.handle.on('error', (error: unknown) => this.finish(diedOf(error)))
    this.handle.on('exit', (code: number) => {
      exit()
      this.finish(new Error(`the thread ended by itself, with code ${code}`))
    })
    this.lookEvery(startMs)
  }

  /** From now on it may be silent for `silentMs` only. */
  markReady(): void {
    if (!this.hasEnded) this.lookEvery(this.options.silentMs)
  }

  /** Does nothing once it has ended. @throws DataCloneError for what cannot be copied */
  send(message: To, transfer: readonly Transferable[] = []): void {
    if (!this.hasEnded) this.handle?.postMessage(message, transfer)
  }

  /** It alone does not keep the process alive. */
  unref(): void {
    this.handle?.unref()
  }

  /**
   * Lets the thread end by itself, and ends it if it does not: not within a call of the engine, which would take the
   * process with it. One that never comes back from there is left behind.
   */
  end(): Promise<void> {
    this.ending ??= this.endWithin(endingMs)
    return this.ending
  }

  private async endWithin(ms: number): Promise<void> {
    this.stopLooking()
    this.control.stop()
    this.handle?.postMessage(stopMessage)
    if (!(await this.exitsWithin(ms))) {
      const callEnds = performance.now() + engineMs
      while (this.control.isInEngine && performance.now() < callEnds) {
        if (await this.exitsWithin(pollMs)) break
      }
      if (this.control.isInEngine) this.unref()
      else await this.handle?.terminate()
    }
    this.finish(new Error('the thread was ended'))
  }

  private async exitsWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, ms, false)
    })
    try {
      return await Promise.race([this.exited.then(() => true), late])
    } finally {
      clearTimeout(timer)
    }
  }

  private giveUp(reason: Error): void {
    if (this.hasEnded) return
    this.finish(reason)
    this.ending ??= this.endWithin(0)
  }

  private finish(reason: Error): void {
    if (this.hasEnded) return
    this.hasEnded = true
    this.stopLooking()
    this.options.onEnd(reason)
  }

  private take(message: From): void {
    if (this.hasEnded) return
    try {
      this.options.onMessage(message)
    } catch (error) {
      // A message that is not understood: of another version, or our own mistake. No event may throw.
      this.giveUp(diedOf(error))
    }
  }

  private stopLooking(): void {
    clearInterval(this.watch)
  }

  /** Looks are counted, and not time: a machine that slept has not let its threads be silent. */
  private lookEvery(silentMs: number): void {
    this.stopLooking()
    if (!Number.isFinite(silentMs)) return
    let pulse = ''
    let silent = 0
    this.watch = setInterval(() => {
      const now = this.control.pulse
      silent = now === pulse ? silent + 1 : 0
      pulse = now
      if (silent < looks) return
      const what = now.startsWith('call') ? 'a call of the engine did not return' : 'it gave no sign of life'
      this.giveUp(new Error(`the thread hangs: ${what} for ${silentMs / 1000} s`))
    }, silentMs / looks)
    this.watch.unref()
  }
}
