import type { Frames } from '../../audio/buffers/frames.js'
import { melPresets } from '../../audio/mel/mel.js'
import { invalidArgument, thrownError } from '../../errors.js'
import { checkSynthesisOptions, type SynthesisOptions } from '../options.js'
import { Signal } from '../signal.js'
import type { SynthesisBatch } from './batch.js'
import { BatchSchedule, type Job, prebufferMs, type Scheduled } from './batch-schedule.js'
import type { LiveEvents, StreamTotals } from './events.js'
import { FairShares, type Payer, type Share } from './fair-share.js'

export type { LiveEvents, StreamTotals } from './events.js'

interface LiveStream extends Scheduled {
  readonly id: number
  readonly options: SynthesisOptions
  readonly share: Share
  /** Of the utterance under way; made with its first frames, as an empty one costs nothing. */
  signal: Signal | undefined
  /** What came after an end of utterance whose audio is not yet made: frames, and further ends. */
  readonly queue: (Frames | 'flush')[]
  ending: boolean
  /** Samples that may yet be made before the receiver grants more. */
  credit: number
  frames: number
  samples: number
  computeMs: number
  dueAt: number | undefined
  awaitsSound: boolean
}

/** What an utterance costs besides its frames, as frames: its state, and what its passes toward the mel hold back. */
const utteranceFrames = 4

/**
 * Many live streams on one thread: whoever is nearest to running dry goes first, together with as many others as
 * a call of the engine carries. Short chunks while a stream waits for its first sound or is short of it, long
 * ones, which cost less, when all are well ahead. Whoever has had more than its share waits for the others.
 */
export class LiveSynthesizer {
  private readonly streams = new Map<number, LiveStream>()
  private readonly batch: SynthesisBatch
  private readonly schedule: BatchSchedule
  private readonly sampleRate: number
  private readonly hopLength: number
  private readonly shares = new FairShares()
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
   * @param payer whose share of the thread it is; absent: the stream's own
   * @throws GlowcastError INVALID_ARGUMENT naming a wrong option, or a stream that is open
   */
  open(stream: number, options: SynthesisOptions, credit = Number.POSITIVE_INFINITY, payer?: Payer): void {
    if (this.streams.has(stream)) {
      throw invalidArgument('stream', `${stream}, which is open`, 'another number')
    }
    if ((options.denoise ?? 0) !== 0) {
      throw invalidArgument('denoise', `${options.denoise}`, '0: live streams have none')
    }
    checkSynthesisOptions(options, this.batch.model.config)
    const share = this.shares.open(payer, this.now())
    const state: LiveStream = {
      id: stream,
      options,
      share,
      signal: undefined,
      queue: [],
      ending: false,
      credit,
      frames: 0,
      samples: 0,
      computeMs: 0,
      readySince: undefined,
      dueAt: undefined,
      awaitsSound: true,
      usedMs: (moment) => share.usedMs(moment),
      aheadMs: (moment) => share.aheadMs(moment),
      framesWithin: (chunk) => (state.credit > 0 ? (state.signal?.framesWithin(chunk) ?? 0) : 0),
      get isDone() {
        return state.signal?.isDone === true
      },
    }
    this.streams.set(stream, state)
  }

  /** @throws GlowcastError INVALID_MEL; the stream goes on without these frames */
  push(stream: number, mel: Frames): void {
    const state = this.get(stream)
    const signal = state.signal ?? this.newSignal(state.options)
    signal.check(mel)
    state.frames += mel.frames
    if (state.ending) state.queue.push({ ...mel, data: mel.data.slice() })
    else this.pushTo(state, signal, mel)
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
    this.forget(state)
    return this.totalsOf(state)
  }

  closeAll(): void {
    for (const state of [...this.streams.values()]) this.forget(state)
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

  private get(stream: number): LiveStream {
    const state = this.streams.get(stream)
    if (state === undefined) {
      throw invalidArgument('stream', `${stream}, which is not open`, 'an open stream')
    }
    return state
  }

  private forget(state: LiveStream): boolean {
    const wasOpen = this.streams.delete(state.id)
    if (wasOpen) state.share.close()
    return wasOpen
  }

  private fail(state: LiveStream, error: Error): void {
    if (this.forget(state)) this.events.failed(state.id, error)
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
    for (const stream of [...this.streams.values()]) this.fail(stream, error)
    this.events.broken(error)
  }

  private async run(): Promise<void> {
    for (;;) {
      // Let messages in: an engine call holds the thread.
      await new Promise((resolve) => setImmediate(resolve))
      const moment = this.now()
      const job = this.schedule.next(this.streams.values(), moment)
      const waitMs = job === undefined ? 0 : this.schedule.waitMs(job, this.streams.size, moment)
      const ending = this.schedule.ending(this.streams.values(), waitMs > 0 ? undefined : job, moment)
      if (ending !== undefined) this.endOrFail(ending)
      else if (job === undefined) return
      else if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
      else await this.runJob(job)
    }
  }

  private async runJob({ batch, chosen }: Job<LiveStream>): Promise<void> {
    const started = this.now()
    const made = await batch.run(chosen.map(({ signal }) => signal!))
    const ended = this.now()
    this.schedule.measured(batch, ended - started)
    this.events.called?.(batch)
    chosen.forEach((stream, i) => {
      stream.computeMs += (ended - started) / chosen.length
      stream.share.charge(this.msOf(batch.frames), ended)
      if (this.streams.get(stream.id) !== stream) return
      const result = made[i]!
      if (result.status === 'rejected') this.fail(stream, thrownError(result.reason))
      else this.deliver(stream, result.value, false)
    })
  }

  private msOf(frames: number): number {
    return (1000 * frames * this.hopLength) / this.sampleRate
  }

  private pushTo(stream: LiveStream, signal: Signal, mel: Frames): void {
    signal.push(mel)
    if (stream.signal === undefined) stream.share.charge(this.msOf(utteranceFrames), this.now())
    stream.signal = signal
  }

  private endUtterance(stream: LiveStream): void {
    if (stream.signal === undefined) {
      this.deliver(stream, new Float32Array(0), true)
      return
    }
    stream.signal.end()
    stream.ending = true
  }

  private endOrFail(stream: LiveStream): void {
    try {
      this.finishUtterance(stream)
    } catch (error) {
      this.fail(stream, thrownError(error))
    }
  }

  private finishUtterance(stream: LiveStream): void {
    const rest = stream.signal!.flush()
    stream.signal = undefined
    stream.ending = false
    this.deliver(stream, rest, true)
    while (!stream.ending && stream.queue.length > 0) {
      const next = stream.queue.shift()!
      if (next === 'flush') this.endUtterance(stream)
      else this.pushTo(stream, stream.signal ?? this.newSignal(stream.options), next)
    }
  }

  private deliver(stream: LiveStream, samples: Float32Array, last: boolean): void {
    if (samples.length > 0) this.advanceClock(stream, samples.length)
    if (stream.framesWithin(this.schedule.shortest) === 0) stream.readySince = undefined
    stream.awaitsSound = last || (stream.awaitsSound && samples.length === 0)
    if (samples.length === 0 && !last) return
    stream.samples += samples.length
    stream.credit -= samples.length
    this.events.audio(stream.id, samples, last)
  }

  /** Tells of a chunk that came too late; the listener then has had a gap, after which the clock starts anew. */
  private advanceClock(stream: LiveStream, samples: number): void {
    const moment = this.now()
    const due = stream.awaitsSound ? Math.max(stream.dueAt ?? moment, moment) : stream.dueAt!
    const late = moment > due + prebufferMs
    const wasReady = stream.readySince !== undefined && stream.readySince < due
    // Who has had more than its share was made to wait: that is no sign of a thread that cannot keep up.
    if (late && wasReady && stream.aheadMs(moment) === 0) this.events.late(stream.id)
    stream.dueAt = (late ? moment : due) + (1000 * samples) / this.sampleRate
  }
}
