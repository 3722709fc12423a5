import type { SynthesisBatch } from './batch.js'

/** What the schedule sees of a stream. */
export interface Scheduled {
  /** Since when a chunk could be made at any moment; undefined while frames or credit are wanting. */
  readySince: number | undefined
  /** When the sample after those made is due, were the stream played from its first sound on; flushes leave it. */
  readonly dueAt: number | undefined
  /** Whether nothing of the utterance has been made. */
  readonly awaitsSound: boolean
  /** How long the work so far for whoever the stream belongs to is not yet paid for, in ms. */
  usedMs(moment: number): number
  /** By how much whoever the stream belongs to has had more than its share, in ms; 0 within it. */
  aheadMs(moment: number): number
  /** Mel frames that a chunk of so many makes now: fewer at the end of an utterance, 0 while none can be made. */
  framesWithin(chunk: number): number
  /** Whether all of the utterance is made but its end. */
  readonly isDone: boolean
}

export interface Job<Stream> {
  readonly batch: SynthesisBatch
  readonly chosen: Stream[]
}

/** A listener's usual prebuffer: what comes later than this after it was due was heard as a gap. */
export const prebufferMs = 150
/** A listener who has as much to hear loses nothing by a longer call. */
const comfortableMs = prebufferMs / 2
/** Whoever's work so far is unpaid for longer than this comes behind those whose listeners wait. */
const hurriedMs = 100
/** While others listen, a call for streams that hurry takes at most so many times what the shortest call takes. */
const maxHurriedCall = 4
/** Behind by more than this, a stream is helped most by frames that cost least. */
const behindMs = 30
/**
 * With more streams than this a call waits until a chunk has been ready for so long, by stream and at most: others then
 * join it.
 */
const fewStreams = 4
const gatheringMsByStream = 1
const maxGatheringMs = 16

/** Chooses what a thread does next for its streams, by what a call of each batch was seen to take. */
export class BatchSchedule {
  /** Frames of the shortest chunk. */
  readonly shortest: number
  private readonly costMs: Map<SynthesisBatch, number>
  private readonly largest: number

  /** @param durations of a call of each batch, in ms */
  constructor(durations: ReadonlyMap<SynthesisBatch, number>) {
    this.costMs = new Map(durations)
    const batches = [...durations.keys()]
    this.shortest = Math.min(...batches.map(({ frames }) => frames))
    this.largest = Math.max(...batches.map(({ size }) => size))
  }

  /** Takes in what a call took. */
  measured(batch: SynthesisBatch, ms: number): void {
    this.costMs.set(batch, 0.9 * this.durationMs(batch) + 0.1 * ms)
  }

  /** The most urgent streams, in the batch that makes a frame of them at the least cost. */
  next<Stream extends Scheduled>(streams: Iterable<Stream>, moment: number): Job<Stream> | undefined {
    const all = [...streams]
    const ready = all.filter((stream) => stream.framesWithin(this.shortest) > 0)
    if (ready.length === 0) return undefined
    for (const stream of ready) stream.readySince ??= moment
    const slacks = new Map(ready.map((stream) => [stream, slackMs(stream, moment)]))
    const slackOf = (stream: Stream) => slacks.get(stream)!
    ready.sort(
      (a, b) =>
        slackOf(a) - slackOf(b) ||
        playedOutMs(a, moment) - playedOutMs(b, moment) ||
        a.readySince! - b.readySince!,
    )
    const front = ready[0]!
    const slack = slackOf(front)
    const isHurried = (stream: Stream) => stream.usedMs(moment) > hurriedMs
    // Each row makes the call longer: who hurries holds nobody up whose listener waits.
    const isHeldUp = slack < comfortableMs && !isHurried(front)
    const riders = isHeldUp ? ready.filter((stream) => !isHurried(stream)) : ready
    const longest =
      isHurried(front) && !all.every(isHurried)
        ? maxHurriedCall * this.shortestCallMs
        : Number.POSITIVE_INFINITY
    const jobs = [...this.costMs.keys()]
      .filter((batch) => batch.frames === this.shortest || this.mayTake(batch, slack))
      .filter((batch) => batch.size === 1 || this.durationMs(batch) <= longest)
      .map((batch) => {
        const waiting = riders.filter((stream) => stream.framesWithin(batch.frames) > 0)
        return { batch, chosen: waiting.slice(0, batch.size) }
      })
      .filter(({ chosen }) => chosen[0] === front)
    const cost = ({ batch, chosen }: Job<Stream>) =>
      this.durationMs(batch) / chosen.reduce((sum, stream) => sum + stream.framesWithin(batch.frames), 0)
    return jobs.reduce((best, other) => (cost(other) < cost(best) ? other : best))
  }

  /**
   * The most urgent of the utterances whose end is all that is left to make, where no job is more urgent: an end
   * takes the thread about as long as a short call.
   *
   * @param job that is to be done now, if any
   */
  ending<Stream extends Scheduled>(
    streams: Iterable<Stream>,
    job: Job<Stream> | undefined,
    moment: number,
  ): Stream | undefined {
    const done = [...streams].filter(({ isDone }) => isDone)
    if (done.length === 0) return undefined
    const first = done.reduce((most, other) =>
      slackMs(other, moment) < slackMs(most, moment) ? other : most,
    )
    const isFirst = job === undefined || slackMs(first, moment) <= slackMs(job.chosen[0]!, moment)
    return isFirst ? first : undefined
  }

  /**
   * How long to wait, in ms, for more streams to join a job: a call costs little more with many than with one.
   *
   * @param open streams in all
   */
  waitMs({ chosen }: Job<Scheduled>, open: number, moment: number): number {
    if (open <= fewStreams || chosen.length >= this.largest) return 0
    if (slackMs(chosen[0]!, moment) < -behindMs) return 0
    const gatheringMs = Math.min(maxGatheringMs, gatheringMsByStream * open)
    return gatheringMs - Math.max(...chosen.map(({ readySince }) => moment - readySince!))
  }

  /**
   * Whether the most urgent stream can wait for a longer, cheaper chunk: it has the time, half of the listener's
   * prebuffer included, or is so late, or so far from its first sound, that the number of frames a second is all that
   * counts.
   */
  private mayTake(batch: SynthesisBatch, slack: number): boolean {
    return slack < -behindMs || slack + comfortableMs > 2 * this.durationMs(batch)
  }

  private get shortestCallMs(): number {
    return Math.min(...this.costMs.values())
  }

  private durationMs(batch: SynthesisBatch): number {
    return this.costMs.get(batch)!
  }
}

/**
 * How long a stream can wait: until its listener needs it, or until it has had no more than its share. A first sound
 * cannot wait at all, but for one after the other of whoever has just been worked for, as of utterances of a frame:
 * streams that are late by more are not kept waiting for it.
 */
function slackMs(stream: Scheduled, moment: number): number {
  const ahead = stream.aheadMs(moment)
  const playedOut = playedOutMs(stream, moment)
  if (ahead > 0) return Math.max(ahead, playedOut)
  const used = stream.usedMs(moment)
  if (used === 0 || playedOut !== Number.NEGATIVE_INFINITY) return playedOut
  return used > hurriedMs ? used : -behindMs - 1
}

/** How long a stream's listener has something to hear: negative when its samples are late or the first of all. */
function playedOutMs({ dueAt, awaitsSound }: Scheduled, moment: number): number {
  if (dueAt === undefined || (awaitsSound && dueAt < moment)) return Number.NEGATIVE_INFINITY
  return dueAt - moment
}
