import type { Frames } from '../audio/frames.js'
import { melPresets } from '../audio/mel.js'
import { GlowcastError, thrownError } from '../errors.js'
import type { SynthesisBatch } from './batch.js'
import { BatchSchedule, type Job, prebufferMs, type Scheduled } from './batch-schedule.js'
import type { SynthesisOptions } from './options.js'
import { Signal } from './signal.js'

/** What a stream has come to since it was opened. */
export interface StreamTotals {
  readonly frames: number
  readonly samples: number
  /** Its share of the compute time over the time of its audio. */
  readonly rtf: number
}

export interface LiveEvents {
  /** Samples of a stream, in order. `last`: the utterance ends with them; there may then be none. */
  audio(stream: number, samples: Float32Array, last: boolean): void
  /** A chunk was made after it was due although its mel frames had come in time. */
  late(stream: number): void
  /** A stream was given up; no further event comes for it. */
  failed(stream: number, error: Error): void
  /** Nothing can be made any more; every stream was given up. */
  broken(error: Error): void
}

interface LiveStream extends Scheduled {
  readonly id: number
  readonly options: SynthesisOptions
  signal: Signal
  /** What came after an end of utterance whose audio is not yet made: frames, and further ends. */
  readonly queue: (Frames | 'flush')[]
  ending: boolean
  /** Samples that may yet be made before the receiver grants more. */
  credit: number
  frames: number
  samples: number
  computeMs: number
  dueAt: number | undefined
}

/**
 * Many live streams on one thread: whoever is nearest to running dry goes first, together with as many others as
 * a call of the engine carries. Short chunks while a stream waits for its first sound or is short of it, long
 * ones, which cost less, when all are well ahead.
 */
export class LiveSynthesizer {
  private readonly streams = new Map<number, LiveStream>()
  private readonly batch: SynthesisBatch
  private readonly schedule: BatchSchedule
  private readonly sampleRate: number
  private readonly hopLength: number
  private running = false

  /**
   * @param batches compiled for several sizes and chunk lengths, one of size 1 among the shortest, with what a call
   *   of each takes, in ms
   */
  constructor(
    batches: ReadonlyMap<SynthesisBatch, number>,
    private readonly events: LiveEvents,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.schedule = new BatchSchedule(batches)
    const [first] = batches.keys()
    this.batch = first!
    const { sampleRate, hopLength } = melPresets[this.batch.model.config.mel]
    this.sampleRate = sampleRate
    this.hopLength = hopLength
  }

  /**
   * @param credit samples that may be made before `grant`
   * @throws GlowcastError INVALID_ARGUMENT naming a wrong option, or a stream that is open
   */
  open(stream: number, options: SynthesisOptions, credit = Number.POSITIVE_INFINITY): void {
    if (this.streams.has(stream)) {
      throw new GlowcastError('INVALID_ARGUMENT', 'stream', `${stream}, which is open`, 'another number')
    }
    if ((options.denoise ?? 0) !== 0) {
      throw new GlowcastError(
        'INVALID_ARGUMENT',
        'denoise',
        `${options.denoise}`,
        '0: live streams have none',
      )
    }
    const state: LiveStream = {
      id: stream,
      options,
      signal: this.newSignal(options),
      queue: [],
      ending: false,
      credit,
      frames: 0,
      samples: 0,
      computeMs: 0,
      readySince: undefined,
      dueAt: undefined,
      canRun: (frames) => state.credit > 0 && state.signal.ready(frames),
    }
    this.streams.set(stream, state)
  }

  /** @throws GlowcastError INVALID_MEL; the stream goes on without these frames */
  push(stream: number, mel: Frames): void {
    const state = this.get(stream)
    state.signal.check(mel)
    state.frames += mel.frames
    if (state.ending) state.queue.push({ ...mel, data: mel.data.slice() })
    else state.signal.push(mel)
    this.wake()
  }

  /** Ends the utterance: all its audio is made, then the stream is as new. */
  flush(stream: number): void {
    const state = this.get(stream)
    if (state.ending) state.queue.push('flush')
    else this.endUtterance(state)
    this.wake()
  }

  /** Lets a stream make so many samples more. */
  grant(stream: number, samples: number): void {
    this.get(stream).credit += samples
    this.wake()
  }

  /** Forgets a stream at once. What it came to, or undefined when it is not open. */
  close(stream: number): StreamTotals | undefined {
    const state = this.streams.get(stream)
    if (state === undefined) return undefined
    this.streams.delete(stream)
    return this.totalsOf(state)
  }

  closeAll(): void {
    this.streams.clear()
  }

  /** What an open stream has come to so far. */
  totals(stream: number): StreamTotals {
    return this.totalsOf(this.get(stream))
  }

  has(stream: number): boolean {
    return this.streams.has(stream)
  }

  get size(): number {
    return this.streams.size
  }

  /** Mel frames that a stream has and has not yet made audio of. */
  backlog(stream: number): number {
    const { frames, samples } = this.get(stream)
    return frames - samples / this.hopLength
  }

  private get(stream: number): LiveStream {
    const state = this.streams.get(stream)
    if (state === undefined) {
      throw new GlowcastError('INVALID_ARGUMENT', 'stream', `${stream}, which is not open`, 'an open stream')
    }
    return state
  }

  private newSignal(options: SynthesisOptions): Signal {
    return new Signal(this.batch.model, this.batch.carryShapes, options)
  }

  private totalsOf({ frames, samples, computeMs }: LiveStream): StreamTotals {
    const seconds = samples / this.sampleRate
    return { frames, samples, rtf: seconds === 0 ? 0 : computeMs / 1000 / seconds }
  }

  private wake(): void {
    if (this.running) return
    this.running = true
    this.run()
      .catch((error: unknown) => this.giveUp(thrownError(error)))
      .finally(() => {
        this.running = false
      })
  }

  private giveUp(error: Error): void {
    for (const id of [...this.streams.keys()]) this.fail(id, error)
    this.events.broken(error)
  }

  private fail(stream: number, error: Error): void {
    if (this.streams.delete(stream)) this.events.failed(stream, error)
  }

  private async run(): Promise<void> {
    for (;;) {
      // Let messages in: an engine call holds the thread.
      await new Promise((resolve) => setImmediate(resolve))
      this.finishUtterances()
      const moment = this.now()
      const job = this.schedule.next(this.streams.values(), moment)
      if (job === undefined) return
      const wait = this.schedule.waitMs(job, this.streams.size, moment)
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      else await this.runJob(job)
    }
  }

  private async runJob({ batch, chosen }: Job<LiveStream>): Promise<void> {
    const started = this.now()
    const made = await batch.run(chosen.map(({ signal }) => signal))
    const ended = this.now()
    this.schedule.measured(batch, ended - started)
    chosen.forEach((stream, i) => {
      stream.computeMs += (ended - started) / chosen.length
      if (this.streams.get(stream.id) !== stream) return
      const result = made[i]!
      if (result.status === 'rejected') this.fail(stream.id, result.reason)
      else this.deliver(stream, result.value, false)
    })
  }

  private endUtterance(stream: LiveStream): void {
    stream.signal.end()
    stream.ending = true
  }

  private finishUtterances(): void {
    for (const stream of [...this.streams.values()]) {
      try {
        this.finishUtterance(stream)
      } catch (error) {
        this.fail(stream.id, thrownError(error))
      }
    }
  }

  private finishUtterance(stream: LiveStream): void {
    while (stream.signal.isDone) {
      const rest = stream.signal.flush()
      stream.signal = this.newSignal(stream.options)
      stream.ending = false
      this.deliver(stream, rest, true)
      while (!stream.ending && stream.queue.length > 0) {
        const next = stream.queue.shift()!
        if (next === 'flush') this.endUtterance(stream)
        else stream.signal.push(next)
      }
    }
  }

  private deliver(stream: LiveStream, samples: Float32Array, last: boolean): void {
    if (samples.length > 0) this.advanceClock(stream, samples.length)
    if (!stream.canRun(this.schedule.shortest)) stream.readySince = undefined
    if (last) stream.dueAt = undefined
    if (samples.length === 0 && !last) return
    stream.samples += samples.length
    stream.credit -= samples.length
    this.events.audio(stream.id, samples, last)
  }

  /** Tells of a chunk that came too late; the listener then has had a gap, after which the clock starts anew. */
  private advanceClock(stream: LiveStream, samples: number): void {
    const moment = this.now()
    const due = stream.dueAt ?? moment
    const late = moment > due + prebufferMs
    if (late && stream.readySince !== undefined && stream.readySince < due) this.events.late(stream.id)
    stream.dueAt = (late ? moment : due) + (1000 * samples) / this.sampleRate
  }
}
