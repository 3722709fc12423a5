import { type MediaFrame, mediaTypes, type PcmFormat } from '../../src/protocol/messages.js'
import { minSeconds } from '../../src/scoring/recording/lengths.js'
import { type SampleBlock, SampleBlocks } from '../../src/scoring/recording/sample-blocks.js'
import type { FileScore } from '../../src/scoring/verdict/file-score.js'
import { failureOf, StreamVerdict } from '../../src/scoring/verdict/stream-verdict.js'
import { type ApiError, apiErrorOf, fieldError, internal, scoringFailed } from '../operations/api-error.js'
import type { BackendScoringStream, LivePart, ScoringBackend } from '../scoring/backend.js'
import type { ScoringBegun } from './check-score.js'
import { assertInOrder, assertType } from './media-order.js'
import type { OpenStream, StreamOutcome, StreamOutput } from './output.js'
import { PartQueue } from './part-queue.js'
import { decodedSamples, joinedScores } from './scoring-wire.js'

/** Blocks of a stream that wait to be scored before the client gets no further credit. */
const blocksAhead = 2
/** Seeds of ties and of the drift test; fixed, so that the same recording gives the same answer. */
const seed = 0

/**
 * One scoring stream of a connection: checks what comes, and sends its scores as they are made. Memory is bounded by
 * the credit, which follows the scores that the client has taken, and by the length of its blocks.
 */
export class ScoringSession implements OpenStream {
  private readonly blocks: SampleBlocks
  private readonly verdict: StreamVerdict
  /** That its blocks are ranked among, once the first one has chosen. */
  private chosen: FileScore['groupChoice']
  private stream: BackendScoringStream | undefined
  private readonly window: number
  private granted = 0
  private sequence = 0
  private samples = 0
  /** Samples whose scores have left for the client. */
  private taken = 0
  private frames = 0
  private blocksWaiting = 0
  private readonly waiting: PartQueue
  private isScoring = false
  /** Parts are scored one after the other, and so are blocks: other streams have their turn between them. */
  private parts = Promise.resolve()
  private blockJobs = Promise.resolve()
  /** Of the backend, under way. */
  private calls = 0
  private computeMs = 0
  private ended = false
  private closed = false
  private released = false
  private lastActiveAt = performance.now()

  constructor(
    private readonly begun: ScoringBegun,
    private readonly recording: {
      readonly sampleRate: number
      readonly format: PcmFormat
      /** That a stream which is shorter than a block is ranked among. */
      readonly shortGroup: string
    },
    private readonly output: StreamOutput,
    private readonly backend: ScoringBackend,
  ) {
    const { sampleRate } = recording
    this.waiting = new PartQueue(sampleRate)
    this.window = Math.ceil(output.limits.scoreSecondsAhead * sampleRate)
    this.blocks = new SampleBlocks(Math.round(begun.blockSeconds * sampleRate), sampleRate)
    this.verdict = new StreamVerdict({
      calibrationItems: begun.calibration.n,
      falseAlarmRate: begun.falseAlarmRate,
      driftFalseAlarmRate: begun.driftFalseAlarmRate,
      seed,
      sampleRate,
    })
    const settings = { falseAlarmRate: begun.falseAlarmRate, seed }
    this.follow(this.begin(this.called(backend.openStream(sampleRate, settings))))
  }

  /** A client that waits for what we owe it is not idle. */
  get activeAt(): number {
    return this.calls > 0 ? performance.now() : this.lastActiveAt
  }

  media({ type, sequence, position, payload }: MediaFrame): void {
    this.lastActiveAt = performance.now()
    assertType(type, mediaTypes.recording)
    this.expectOpen()
    const samples = decodedSamples(payload, this.recording.format, this.samples)
    assertInOrder('sequence', sequence, this.sequence)
    assertInOrder('position', position, this.samples)
    if (this.samples + samples.length > this.granted) {
      const left = this.granted - this.samples
      throw fieldError('credit_exceeded', 'payload', `${samples.length} samples`, `at most ${left}`)
    }
    this.sequence = (this.sequence + 1) % 2 ** 32
    this.samples += samples.length
    for (const block of this.blocks.push(samples)) this.scoreBlock(block)
    this.waiting.push(samples)
    if (this.isScoring) return
    this.isScoring = true
    this.parts = this.scoreWaiting()
    this.follow(this.parts)
  }

  grant(): void {
    throw fieldError('invalid_argument', 'credit', 'one for a scoring stream', 'none', 'stream')
  }

  flush(final: boolean): void {
    this.lastActiveAt = performance.now()
    if (!final) {
      throw fieldError('invalid_argument', 'flush', 'one for a scoring stream', '"end"', 'stream')
    }
    this.expectOpen()
    this.ended = true
    for (const block of this.blocks.flush()) {
      if (block.length >= minSeconds * this.recording.sampleRate) this.scoreBlock(block)
    }
    this.parts = this.parts.then(() => this.finish())
    this.follow(this.parts)
  }

  cancel(): void {
    this.release()
    this.output.send({ type: 'cancelled', stream: this.begun.stream, samples: this.samples })
    this.close('cancelled')
  }

  fail(apiError: ApiError): void {
    if (this.closed) return
    const { stream } = this.begun
    this.output.send({ type: 'error', stream, samples: this.samples, ...apiError.toProtocol() })
    this.close('failed')
  }

  drop(): void {
    this.close('cancelled')
  }

  private async begin(opening: ReturnType<ScoringBackend['openStream']>): Promise<void> {
    const { stream, delaySeconds } = await opening
    if (this.closed) {
      stream.close()
      return
    }
    this.stream = stream
    this.granted = this.window
    this.output.send({ ...this.begun, delaySeconds, credit: this.window })
  }

  /** One part after the other, until none waits: what comes meanwhile joins them. */
  private async scoreWaiting(): Promise<void> {
    try {
      for (;;) {
        const samples = this.waiting.take()
        if (samples === undefined) return
        // The buffer is handed over: the array is empty afterwards.
        const { length } = samples
        await this.sendScores((stream) => stream.push(samples), length)
      }
    } finally {
      this.isScoring = false
    }
  }

  private async sendScores(
    scoring: (stream: BackendScoringStream) => Promise<LivePart>,
    samples: number,
  ): Promise<void> {
    if (this.closed) return
    const { maps, computeMs } = await this.called(scoring(this.stream!))
    if (this.closed) return
    this.computeMs += computeMs
    const { sampleRate } = this.recording
    this.output.scored(samples / sampleRate)
    const taken = () => {
      this.taken += samples
      this.grantSamples()
    }
    if (maps.length === 0) {
      taken()
      return
    }
    const scores = joinedScores(maps, this.begun.frameSeconds)
    this.frames += scores.surprise.length
    this.output.send({ type: 'scores', stream: this.begun.stream, ...scores }, taken)
  }

  private grantSamples(): void {
    if (this.closed || this.ended || this.blocksWaiting > blocksAhead) return
    const more = this.taken + this.window - this.granted
    if (more < this.window / 4) return
    this.granted += more
    this.output.send({ type: 'audioCredit', stream: this.begun.stream, samples: more })
  }

  private scoreBlock(block: SampleBlock): void {
    this.blocksWaiting += 1
    this.blockJobs = this.blockJobs.then(() => this.sendBlock(block))
    this.follow(this.blockJobs)
  }

  private async sendBlock(block: SampleBlock): Promise<void> {
    if (this.closed) return
    const { index, length, isWhole, samples, lead } = block
    const { sampleRate, shortGroup } = this.recording
    const { name } = this.begun.calibration
    const wanted = isWhole ? (this.chosen?.group ?? name) : shortGroup
    const heard = { samples, sampleRate, lead, length }
    const blockSeconds = isWhole ? this.begun.blockSeconds : undefined
    const scored = this.stream!.scoreBlock(heard, index, wanted, blockSeconds)
    const { computeMs, ...judged } = await this.called(scored)
    this.blocksWaiting -= 1
    if (this.closed) return
    this.computeMs += computeMs
    const failure = failureOf(judged.score)
    if (failure !== undefined) throw scoringFailed(failure.message)
    const { groupChoice } = judged.score
    const group = groupChoice?.group ?? wanted
    if (groupChoice !== undefined && isWhole) {
      this.chosen = groupChoice
      this.verdict.rankAmong(this.backend.groups.find(({ name }) => name === group)!.n)
    }
    const { stream } = this.begun
    const {
      block: reported,
      drift,
      isNewAlarm,
    } = this.verdict.add(block, { ...judged, ...(group === name ? {} : { group }) })
    this.output.decided(reported.decision)
    if (isNewAlarm) this.output.drifted()
    const why = groupChoice === undefined ? {} : { groupReason: groupChoice.why }
    this.output.send({ type: 'block', stream, ...reported, ...why })
    if (drift !== undefined) this.output.send({ type: 'drift', stream, ...drift })
    this.grantSamples()
  }

  private async finish(): Promise<void> {
    await this.sendScores((stream) => stream.flush(), 0)
    await this.blockJobs
    if (this.closed) return
    this.release()
    const seconds = this.samples / this.recording.sampleRate
    const rtf = seconds === 0 ? 0 : this.computeMs / 1000 / seconds
    const { stream } = this.begun
    const { samples, frames } = this
    this.output.send({ type: 'scored', stream, samples, seconds, frames, ...this.verdict.summary(), rtf })
    this.close('done')
  }

  /** A call of the backend. */
  private async called<Result>(call: Promise<Result>): Promise<Result> {
    this.calls += 1
    try {
      return await call
    } finally {
      this.calls -= 1
      this.lastActiveAt = performance.now()
      if (this.released) this.free()
    }
  }

  /** What fails behind the client's back ends the stream. */
  private follow(work: Promise<void>): void {
    work.catch((error) => this.output.guard(() => this.fail(apiErrorOf(error) ?? internal())))
  }

  private expectOpen(): void {
    if (this.ended) {
      throw fieldError('invalid_argument', 'stream', 'more after "end"', 'nothing but "cancel"')
    }
    if (this.stream !== undefined) return
    throw fieldError('credit_exceeded', 'stream', 'media or "end" before "scoring"', 'to be waited for')
  }

  private close(outcome: StreamOutcome): void {
    if (this.closed) return
    this.closed = true
    this.release()
    this.output.closed(outcome)
  }

  private release(): void {
    if (this.released) return
    this.released = true
    this.waiting.clear()
    this.stream?.close()
    this.free()
  }

  /** A stream that is given up keeps its permit while it is worked on: else new ones could pile work up. */
  private free(): void {
    if (this.calls === 0) this.output.freed()
  }
}
