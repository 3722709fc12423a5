import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GlowcastError } from '../../src/errors.js'
import type { ModelDescription } from '../../src/protocol/messages.js'
import type { Payer } from '../../src/synthesis/live/fair-share.js'
import { livePasses } from '../../src/synthesis/live/latency.js'
import type { StreamTotals } from '../../src/synthesis/live/synthesizer.js'
import type { SynthesisOptions } from '../../src/synthesis/options.js'
import { backOffMs } from '../../src/threads/back-off.js'
import { errorOf } from '../../src/threads/failure.js'
import { type StartThread, WatchedThread } from '../../src/threads/watched-thread.js'
import { workerUrl } from '../../src/threads/worker-url.js'
import { troubleOf } from '../operations/trouble.js'
import type { BackendStream, StreamEvents, SynthesisBackend } from './backend.js'
import type {
  FromWorker,
  StreamLatencies,
  StreamMessage,
  ToWorker,
  WorkerReady,
  WorkerSettings,
} from './messages.js'
import { latencyOf, maxPasses } from './refinement.js'

interface OpenStream {
  readonly events: StreamEvents
  readonly client: string | undefined
  closed?: (totals: StreamTotals | undefined) => void
}

interface Member {
  readonly thread: WatchedThread<ToWorker, FromWorker>
  readonly streams: Map<number, OpenStream>
  capacity: number
}

export interface SynthesisPoolOptions {
  readonly modelFolder: string
  readonly threads: number
  /** Of the model, where it was read already. */
  readonly hash?: string
  /** Ends the start. */
  readonly signal?: AbortSignal
  /** A thread died, or did not start again, of this. */
  onCrash(error: Error): void
  readonly start?: StartThread
}

const streamMessages: ReadonlySet<string> = new Set(['audio', 'ended', 'late', 'closed', 'failed'])

/** Of a core, what the sockets' thread takes when many streams are open: no thread may count on it. */
const socketShare = 0.25
/** A call of the engine takes milliseconds. */
const silentMs = 10_000

/**
 * Threads that synthesise, each with its own engine: a stream goes to the one with the fewest of its client, so that no
 * other client decides where, and among those to the one with the fewest of all. A thread that dies, or
 * hangs, fails its streams, and is replaced after 1 s; where it does not start, again after 1, 2, 4 … 30 s.
 */
export class SynthesisPool implements SynthesisBackend {
  private readonly members: Member[] = []
  private readonly starting = new Set<WatchedThread<ToWorker, FromWorker>>()
  private readonly stopping = new AbortController()
  /** What the first thread said. */
  private first: WorkerReady | undefined
  private lastCrash: Error | undefined
  private nextStream = 0

  private constructor(private readonly options: SynthesisPoolOptions) {}

  /** @throws GlowcastError INVALID_MODEL, ENGINE_UNAVAILABLE, ENGINE_FAILED when a thread cannot start; the reason of the signal */
  static async start(options: SynthesisPoolOptions): Promise<SynthesisPool> {
    const pool = new SynthesisPool(options)
    const { signal } = options
    const aborted = () => void pool.stop()
    signal?.addEventListener('abort', aborted, { once: true })
    try {
      // One after the other: each measures what the machine gives it while the others wait.
      for (let thread = 0; thread < options.threads; thread++) {
        await pool.addMember()
        signal?.throwIfAborted()
      }
    } catch (error) {
      await pool.stop()
      signal?.throwIfAborted()
      throw startError(error as Error)
    } finally {
      signal?.removeEventListener('abort', aborted)
    }
    return pool
  }

  get model(): ModelDescription {
    const { hash, mel } = this.ready
    const { latency } = this
    const passes = livePasses(maxPasses(latency))
    const { latencyFrames } = latencyOf(latency, { passes, comb: latency.combsByDefault })
    return { name: basename(this.options.modelFolder), hash, mel, latencyFrames }
  }

  get latency(): StreamLatencies {
    return this.ready.latency
  }

  get engine(): string {
    return this.ready.engine
  }

  get capacity(): number {
    const left = Math.min(1, (availableParallelism() - socketShare) / this.members.length)
    const measured = this.members.reduce((sum, { capacity }) => sum + capacity, 0)
    return measured === 0 ? 0 : Math.max(1, Math.floor(left * measured))
  }

  get open(): number {
    return this.members.reduce((sum, { streams }) => sum + streams.size, 0)
  }

  get trouble(): string | undefined {
    return this.members.length === this.options.threads ? undefined : troubleOf('synthesis', this.lastCrash)
  }

  /** @throws GlowcastError ENGINE_FAILED while no thread is alive */
  openStream(options: SynthesisOptions, credit: number, events: StreamEvents, payer?: Payer): BackendStream {
    const [member] = [...this.members].sort(
      (a, b) => ownLoad(a, payer) - ownLoad(b, payer) || load(a) - load(b),
    )
    if (member === undefined) throw streamError('no thread that is alive')
    const id = this.nextStream++
    const { thread, streams } = member
    const state: OpenStream = { events, client: payer?.client }
    streams.set(id, state)
    const send = (message: ToWorker, transfer: ArrayBuffer[] = []) => {
      if (streams.get(id) === state) thread.send(message, transfer)
    }
    send({ type: 'open', stream: id, options, credit, ...(payer === undefined ? {} : { payer }) })
    return {
      push: (data, frames) => send({ type: 'push', stream: id, data, frames }, [data.buffer as ArrayBuffer]),
      flush: () => send({ type: 'flush', stream: id }),
      grant: (samples) => send({ type: 'grant', stream: id, samples }),
      close: () =>
        new Promise((resolve) => {
          if (streams.get(id) !== state) resolve(undefined)
          else {
            state.closed = resolve
            send({ type: 'close', stream: id })
          }
        }),
    }
  }

  /** Ends all threads, those that are starting too. */
  async stop(): Promise<void> {
    this.stopping.abort()
    const threads = [...this.members.map(({ thread }) => thread), ...this.starting]
    await Promise.all(threads.map((thread) => thread.end()))
  }

  private get ready(): WorkerReady {
    if (this.first === undefined) throw new Error('no thread has started')
    return this.first
  }

  /** Starts a thread. @throws what it died of */
  private addMember(): Promise<void> {
    const { modelFolder, hash = this.first?.hash, start } = this.options
    const streams = new Map<number, OpenStream>()
    let member: Member | undefined
    return new Promise((resolve, reject) => {
      const thread: Member['thread'] = new WatchedThread({
        url: workerUrl('server/synthesis/worker'),
        data: { modelFolder, ...(hash === undefined ? {} : { hash }) } satisfies WorkerSettings,
        silentMs,
        ...(start === undefined ? {} : { start }),
        onMessage: (message) => {
          if (message.type === 'capacity') {
            if (member !== undefined) member.capacity = message.capacity
            return
          }
          if (message.type !== 'ready') return this.take(message, { thread, streams })
          this.first ??= message
          member = { thread, streams, capacity: message.capacity }
          this.starting.delete(thread)
          this.members.push(member)
          thread.markReady()
          resolve()
        },
        onEnd: (error) => {
          this.starting.delete(thread)
          if (member === undefined) reject(error)
          else this.lose(member, error)
        },
      })
      this.starting.add(thread)
    })
  }

  private take(message: StreamMessage, { thread, streams }: Pick<Member, 'thread' | 'streams'>): void {
    if (!streamMessages.has(message.type)) {
      throw new Error(`a message of the thread of an unknown type: ${JSON.stringify(message)}`)
    }
    const state = streams.get(message.stream)
    if (state === undefined) return
    try {
      this.report(message, state, streams)
    } catch (error) {
      // What a stream's owner throws is that stream's trouble, and none of its neighbours'.
      if (!streams.delete(message.stream)) throw error
      thread.send({ type: 'close', stream: message.stream })
      this.options.onCrash(new Error('a stream could not take what was made for it', { cause: error }))
      state.events.failed(streamError('an owner that fails'))
    }
  }

  private report(message: StreamMessage, state: OpenStream, streams: Map<number, OpenStream>): void {
    switch (message.type) {
      case 'audio':
      case 'ended':
        // A stream that is being closed is not spoken of any more.
        if (state.closed !== undefined) return
        if (message.samples.length > 0) state.events.audio(message.samples)
        if (message.type === 'ended') state.events.utteranceEnded(message.totals)
        return
      case 'late':
        state.events.late()
        return
      case 'closed':
        streams.delete(message.stream)
        state.closed?.(message.totals)
        return
      case 'failed':
        streams.delete(message.stream)
        if (state.closed) state.closed(undefined)
        else state.events.failed(rowError(errorOf(message.failure)))
        return
    }
  }

  private lose(member: Member, error: Error): void {
    this.members.splice(this.members.indexOf(member), 1)
    const lost = [...member.streams.values()]
    member.streams.clear()
    for (const { events, closed } of lost) {
      if (closed) closed(undefined)
      else events.failed(streamError('a synthesis thread that died'))
    }
    if (!this.stopping.signal.aborted) void this.replace(error)
  }

  private async replace(cause: Error): Promise<void> {
    for (let failures = 0; ; failures++) {
      this.lastCrash = cause
      this.options.onCrash(cause)
      const { signal } = this.stopping
      await sleep(backOffMs(Math.max(1, failures)), undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      try {
        await this.addMember()
        return
      } catch (again) {
        if (signal.aborted) return
        cause = again as Error
      }
    }
  }
}

function load({ streams, capacity }: Member): number {
  return streams.size / capacity
}

function ownLoad({ streams, capacity }: Member, payer: Payer | undefined): number {
  if (payer === undefined) return 0
  return [...streams.values()].filter(({ client }) => client === payer.client).length / capacity
}

function streamError(got: string): GlowcastError {
  return new GlowcastError('ENGINE_FAILED', 'stream', got, 'a synthesis thread that goes on')
}

/** Of a stream that failed by itself: what it is to blame for is said, our own mistake is not its client's. */
function rowError(error: Error): GlowcastError {
  return error instanceof GlowcastError ? error : streamError(error.message)
}

function startError(cause: Error): GlowcastError {
  if (cause instanceof GlowcastError) return cause
  return new GlowcastError('ENGINE_FAILED', 'synthesis thread', cause.message, 'a thread that starts', {
    cause,
  })
}
