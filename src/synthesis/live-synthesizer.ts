import type { Frames } from '../audio/frames.js'
import { melPresets } from '../audio/mel.js'
import { GlowcastError } from '../errors.js'
import type { SynthesisBatch } from './batch.js'
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
}

interface LiveStream {
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
  /** Since when a chunk could be made at any moment; undefined while frames or credit are wanting. */
  readySince: number | undefined
  /** When the sample after those made is due, were the utterance played from its first sound on. */
  dueAt: number | undefined
}

/** A listener's usual prebuffer: what comes later than this after it was due was heard as a gap. */
const prebufferMs = 150
/** Behind by more than this, a stream is helped most by frames that cost least. */
const behindMs = 30

/** With more streams than this a call waits until a chunk has been ready for so long: others then join it. */
const fewStreams = 4
const gatheringMs = 8

/**
 * Many live streams on one thread: whoever is nearest to running dry goes first, together with as many others as
 * a call of the engine carries. Short chunks while a stream waits for its first sound or is short of it, long
 * ones, which cost less, when all are well ahead.
 */
export class LiveSynthesizer {
  private readonly streams = new Map<number, LiveStream>()
  private readonly batches: readonly SynthesisBatch[]
  private readonly shortest: number
  private readonly sampleRate: number
  private readonly hopLength: number
  private running = false

  /** How long a call takes, as measured lately. */
  private readonly costMs: Map<SynthesisBatch, number>

  /**
   * @param batches compiled for several sizes and chunk lengths, one of size 1 among the shortest, with what a call
   *   of each takes, in ms
   */
  constructor(
    batches: ReadonlyMap<SynthesisBatch, number>,
    private readonly events: LiveEvents,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.batches = [...batches.keys()]
    this.costMs = new Map(batches)
    this.shortest = Math.min(...this.batches.map(({ frames }) => frames))
    const { model } = this.batches[0]!
    const { sampleRate, hopLength } = melPresets[model.config.mel]
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
    this.streams.set(stream, {
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
    })
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
    const [batch] = this.batches
    return new Signal(batch!.model, batch!.carryShapes, options)
  }

  private totalsOf({ frames, samples, computeMs }: LiveStream): StreamTotals {
    const seconds = samples / this.sampleRate
    return { frames, samples, rtf: seconds === 0 ? 0 : computeMs / 1000 / seconds }
  }

  private wake(): void {
    if (this.running) return
    this.running = true
    void this.run().finally(() => {
      this.running = false
    })
  }

  private async run(): Promise<void> {
    for (;;) {
      // Let messages in: an engine call holds the thread.
      await new Promise((resolve) => setImmediate(resolve))
      this.finishUtterances()
      const job = this.nextJob()
      if (job === undefined) return
      const wait = this.gatheringMs(job)
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      else await this.runJob(job)
    }
  }

  /** The most urgent streams, in the batch that makes a frame of them at the least cost. */
  private nextJob(): { batch: SynthesisBatch; chosen: LiveStream[] } | undefined {
    const ready = [...this.streams.values()].filter((stream) => this.canRun(stream, this.shortest))
    if (ready.length === 0) return undefined
    const moment = this.now()
    for (const stream of ready) stream.readySince ??= moment
    ready.sort((a, b) => this.slackMs(a, moment) - this.slackMs(b, moment))
    const slack = this.slackMs(ready[0]!, moment)
    const jobs = this.batches
      .filter((batch) => batch.frames === this.shortest || this.mayTake(batch, slack))
      .map((batch) => {
        const waiting = ready.filter((stream) => this.canRun(stream, batch.frames))
        return { batch, chosen: waiting.slice(0, batch.size) }
      })
      .filter(({ chosen }) => chosen[0] === ready[0])
    const cost = ({ batch, chosen }: (typeof jobs)[number]) =>
      this.durationMs(batch) / (chosen.length * batch.frames)
    return jobs.reduce((best, other) => (cost(other) < cost(best) ? other : best))
  }

  /** How long to wait for more streams: a call costs little more with many than with one. */
  private gatheringMs({ chosen }: { chosen: LiveStream[] }): number {
    if (this.streams.size <= fewStreams) return 0
    if (chosen.length >= Math.max(...this.batches.map(({ size }) => size))) return 0
    const moment = this.now()
    if (this.slackMs(chosen[0]!, moment) < -behindMs) return 0
    return gatheringMs - Math.max(...chosen.map(({ readySince }) => moment - readySince!))
  }

  private canRun({ signal, credit }: LiveStream, frames: number): boolean {
    return credit > 0 && signal.ready(frames)
  }

  /** How long a stream's next samples can wait, in ms: negative when they are late or the first of all. */
  private slackMs({ dueAt }: LiveStream, moment: number): number {
    return dueAt === undefined ? Number.NEGATIVE_INFINITY : dueAt - moment
  }

  /**
   * Whether the most urgent stream can wait for a longer, cheaper chunk: it has the time, half of the listener's
   * prebuffer included, or is so late, or so far from its first sound, that the number of frames a second is all that
   * counts.
   */
  private mayTake(batch: SynthesisBatch, slackMs: number): boolean {
    return slackMs < -behindMs || slackMs + prebufferMs / 2 > 2 * this.durationMs(batch)
  }

  private durationMs(batch: SynthesisBatch): number {
    return this.costMs.get(batch)!
  }

  private async runJob({ batch, chosen }: { batch: SynthesisBatch; chosen: LiveStream[] }): Promise<void> {
    const started = this.now()
    let made: Float32Array[]
    try {
      made = await batch.run(chosen.map(({ signal }) => signal))
    } catch (error) {
      for (const { id } of chosen) {
        if (this.streams.delete(id)) this.events.failed(id, error as Error)
      }
      return
    }
    const ended = this.now()
    this.costMs.set(batch, 0.9 * this.durationMs(batch) + 0.1 * (ended - started))
    chosen.forEach((stream, i) => {
      stream.computeMs += (ended - started) / chosen.length
      if (this.streams.get(stream.id) !== stream) return
      this.deliver(stream, made[i]!, false)
    })
  }

  private endUtterance(stream: LiveStream): void {
    stream.signal.end()
    stream.ending = true
  }

  private finishUtterances(): void {
    for (const stream of this.streams.values()) {
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
  }

  private deliver(stream: LiveStream, samples: Float32Array, last: boolean): void {
    if (samples.length > 0) this.advanceClock(stream, samples.length)
    if (!this.canRun(stream, this.shortest)) stream.readySince = undefined
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
