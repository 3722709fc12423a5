import { availableParallelism } from 'node:os'
import { basename } from 'node:path'
import { Worker } from 'node:worker_threads'
import { GlowcastError } from '../src/errors.js'
import type { ModelDescription } from '../src/protocol.js'
import type { Payer } from '../src/synthesis/fair-share.js'
import { livePasses } from '../src/synthesis/latency.js'
import type { StreamTotals } from '../src/synthesis/live-synthesizer.js'
import type { SynthesisOptions } from '../src/synthesis/options.js'
import type { BackendStream, StreamEvents, SynthesisBackend } from './synthesis-backend.js'
import type { FromWorker, StreamLatency, ToWorker, WorkerReady, WorkerSettings } from './worker-messages.js'
import { workerUrl } from './worker-url.js'

interface OpenStream {
  readonly events: StreamEvents
  closed?: (totals: StreamTotals | undefined) => void
}

interface Member {
  readonly worker: Worker
  readonly streams: Map<number, OpenStream>
  readonly capacity: number
}

/** Of a core, what the sockets' thread takes when many streams are open: no thread may count on it. */
const socketShare = 0.25
/** Wait before a thread that died is started anew, in ms. */
const restartMs = 1000
/** A call of the engine takes well under this. */
const stoppingMs = 3000

/**
 * Threads that synthesise, each with its own engine: streams go to the one with the fewest. A thread that dies fails
 * its streams, and is replaced.
 */
export class SynthesisPool implements SynthesisBackend {
  readonly model: ModelDescription
  readonly latency: readonly StreamLatency[]
  readonly engine: string
  private nextStream = 0
  private stopping = false

  private constructor(
    private readonly settings: WorkerSettings,
    private readonly members: Member[],
    first: WorkerReady,
    private readonly onCrash: (error: Error) => void,
  ) {
    this.model = {
      name: basename(settings.modelFolder),
      hash: first.hash,
      mel: first.mel,
      latencyFrames: first.latency[livePasses(first.latency.length - 1)]!.latencyFrames,
    }
    this.latency = first.latency
    this.engine = first.engine
    for (const member of members) this.watch(member)
  }

  /** @throws GlowcastError INVALID_MODEL, ENGINE_FAILED when a thread cannot start */
  static async start(options: {
    modelFolder: string
    threads: number
    onCrash: (error: Error) => void
  }): Promise<SynthesisPool> {
    const settings = { modelFolder: options.modelFolder }
    const members: Member[] = []
    let first: WorkerReady | undefined
    try {
      // One after the other: each measures what the machine gives it while the others wait.
      for (let thread = 0; thread < options.threads; thread++) {
        const { member, ready } = await startWorker(settings)
        members.push(member)
        first ??= ready
      }
    } catch (error) {
      await Promise.all(members.map(({ worker }) => worker.terminate()))
      throw error
    }
    return new SynthesisPool(settings, members, first!, options.onCrash)
  }

  get capacity(): number {
    const left = Math.min(1, (availableParallelism() - socketShare) / this.members.length)
    const measured = this.members.reduce((sum, { capacity }) => sum + capacity, 0)
    return measured === 0 ? 0 : Math.max(1, Math.floor(left * measured))
  }

  get open(): number {
    return this.members.reduce((sum, { streams }) => sum + streams.size, 0)
  }

  /** @throws GlowcastError ENGINE_FAILED while no thread is alive */
  openStream(options: SynthesisOptions, credit: number, events: StreamEvents, payer?: Payer): BackendStream {
    const load = ({ streams, capacity }: Member) => streams.size / capacity
    const [member] = [...this.members].sort((a, b) => load(a) - load(b))
    if (member === undefined) throw streamError('no thread that is alive')
    const id = this.nextStream++
    const { worker, streams } = member
    const state: OpenStream = { events }
    streams.set(id, state)
    const send = (message: ToWorker, transfer: ArrayBuffer[] = []) => {
      if (streams.get(id) === state) worker.postMessage(message, transfer)
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

  async stop(): Promise<void> {
    this.stopping = true
    await Promise.all(this.members.map(({ worker }) => endWorker(worker)))
  }

  private watch(member: Member): void {
    const { worker, streams } = member
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'ready') return
      const state = streams.get(message.stream)
      if (state === undefined) return
      if (message.type === 'audio' || message.type === 'ended') {
        // A stream that is being closed is not spoken of any more.
        if (state.closed !== undefined) return
        if (message.samples.length > 0) state.events.audio(message.samples)
        if (message.type === 'ended') state.events.utteranceEnded(message.totals)
        return
      }
      if (message.type === 'late') {
        state.events.late()
        return
      }
      streams.delete(message.stream)
      if (message.type === 'closed') state.closed?.(message.totals)
      else if (state.closed) state.closed(undefined)
      else state.events.failed(streamError(message.message))
    })
    worker.on('error', (error) => void this.replace(member, error))
  }

  private async replace(member: Member, error: Error): Promise<void> {
    this.members.splice(this.members.indexOf(member), 1)
    const lost = [...member.streams.values()]
    member.streams.clear()
    for (const { events, closed } of lost) {
      if (closed) closed(undefined)
      else events.failed(streamError(error.message))
    }
    for (let cause: unknown = error; cause !== undefined && !this.stopping; ) {
      this.onCrash(cause as Error)
      await new Promise((resolve) => setTimeout(resolve, restartMs))
      if (this.stopping) return
      try {
        const { member: fresh } = await startWorker(this.settings)
        this.members.push(fresh)
        this.watch(fresh)
        cause = undefined
      } catch (again) {
        cause = again
      }
    }
  }
}

function streamError(message: string): GlowcastError {
  return new GlowcastError('ENGINE_FAILED', 'stream', message, 'a synthesis thread that goes on')
}

/** A thread that is terminated within a call of the engine takes the process with it: it is asked first. */
async function endWorker(worker: Worker): Promise<void> {
  const ended = new Promise((resolve) => worker.once('exit', resolve))
  worker.postMessage({ type: 'stop' } satisfies ToWorker)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, stoppingMs, 'late')
  })
  if ((await Promise.race([ended, late])) === 'late') await worker.terminate()
  clearTimeout(timer)
}

function startWorker(settings: WorkerSettings): Promise<{ member: Member; ready: WorkerReady }> {
  const worker = new Worker(workerUrl('synthesis-worker'), { workerData: settings })
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => {
      reject(
        error instanceof GlowcastError
          ? error
          : new GlowcastError('ENGINE_FAILED', 'synthesis thread', error.message, 'a thread that starts', {
              cause: error,
            }),
      )
    }
    worker.once('error', failed)
    worker.once('message', (message: FromWorker) => {
      worker.off('error', failed)
      if (message.type !== 'ready') return
      resolve({ member: { worker, streams: new Map(), capacity: message.capacity }, ready: message })
    })
  })
}
