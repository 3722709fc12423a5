import type { FrameMap } from '../src/density/live-scorer.js'
import { leastSeconds } from '../src/density/recording.js'
import { type SampleBlock, SampleBlocks } from '../src/density/sample-blocks.js'
import {
  bytesToFloats,
  type FrameScores,
  type MediaFrame,
  mediaTypes,
  type PcmFormat,
  s16ToSamples,
} from '../src/protocol.js'
import type { ScoringBegun } from './check-score.js'
import { requireInOrder, requireType } from './media-order.js'
import { Problem, problemOf } from './problem.js'
import type { BackendScoringStream, LivePart, ScoringBackend } from './scoring-backend.js'
import type { OpenStream, StreamHost, StreamOutcome } from './stream-host.js'
import { StreamVerdict } from './stream-verdict.js'

/** Larger samples are no audio: a gain that ran away, or integers taken for floats. */
const largestSample = 16
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
  private stream: BackendScoringStream | undefined
  private readonly window: number
  private granted = 0
  private sequence = 0
  private samples = 0
  /** Samples whose scores have left for the client. */
  private taken = 0
  private frames = 0
  private blocksWaiting = 0
  private blockJobs = Promise.resolve()
  private computeMs = 0
  private ended = false
  private closed = false
  private released = false
  activeAt = performance.now()

  constructor(
    private readonly begun: ScoringBegun,
    private readonly recording: {
      readonly sampleRate: number
      readonly format: PcmFormat
      /** That a stream which is shorter than a block is ranked among. */
      readonly fileGroup: string
    },
    private readonly host: StreamHost,
    backend: ScoringBackend,
  ) {
    const { sampleRate } = recording
    this.window = Math.ceil(host.limits.scoreSecondsAhead * sampleRate)
    this.blocks = new SampleBlocks(Math.round(begun.blockSeconds * sampleRate), sampleRate)
    this.verdict = new StreamVerdict({
      calibrationItems: begun.calibration.n,
      falseAlarmRate: begun.falseAlarmRate,
      driftFalseAlarmRate: begun.driftFalseAlarmRate,
      seed,
    })
    const settings = { falseAlarmRate: begun.falseAlarmRate, seed }
    this.follow(this.begin(backend.openStream(sampleRate, settings)))
  }

  media({ type, sequence, position, payload }: MediaFrame): void {
    this.activeAt = performance.now()
    requireType(type, mediaTypes.recording)
    this.expectOpen()
    const samples = this.decoded(payload)
    requireInOrder('sequence', sequence, this.sequence)
    requireInOrder('position', position, this.samples)
    if (this.samples + samples.length > this.granted) {
      const left = this.granted - this.samples
      throw new Problem(
        'credit_exceeded',
        `payload: got ${samples.length} samples, expected at most ${left}`,
        {
          field: 'payload',
        },
      )
    }
    this.sequence = (this.sequence + 1) % 2 ** 32
    this.samples += samples.length
    const { length } = samples
    if (length === 0) return
    for (const block of this.blocks.push(samples)) this.scoreBlock(block)
    // The buffer is handed over: the array is empty afterwards.
    this.follow(this.sendScores(this.stream!.push(samples), length))
  }

  grant(): void {
    throw new Problem('invalid_argument', 'credit: got one for a scoring stream, expected none', {
      field: 'stream',
    })
  }

  flush(final: boolean): void {
    this.activeAt = performance.now()
    if (!final) {
      throw new Problem('invalid_argument', 'flush: got one for a scoring stream, expected "end"', {
        field: 'stream',
      })
    }
    this.expectOpen()
    this.ended = true
    for (const block of this.blocks.flush()) {
      if (block.length >= leastSeconds * this.recording.sampleRate) this.scoreBlock(block)
    }
    this.follow(this.finish())
  }

  cancel(): void {
    this.release()
    this.host.send({ type: 'cancelled', stream: this.begun.stream, samples: this.samples })
    this.close('cancelled')
  }

  fail(problem: Problem): void {
    if (this.closed) return
    const { stream } = this.begun
    this.host.send({ type: 'error', stream, samples: this.samples, ...problem.toProtocol() })
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
    this.host.send({ ...this.begun, delaySeconds, credit: this.window })
  }

  private async sendScores(scoring: Promise<LivePart>, samples: number): Promise<void> {
    const { maps, computeMs } = await scoring
    if (this.closed) return
    this.computeMs += computeMs
    const { sampleRate } = this.recording
    this.host.scored(samples / sampleRate)
    const taken = () => {
      this.taken += samples
      this.grantSamples()
    }
    if (maps.length === 0) {
      taken()
      return
    }
    this.activeAt = performance.now()
    const scores = joined(maps, this.begun.frameSeconds)
    this.frames += scores.surprise.length
    this.host.send({ type: 'scores', stream: this.begun.stream, ...scores }, taken)
  }

  private grantSamples(): void {
    if (this.closed || this.ended || this.blocksWaiting > blocksAhead) return
    const more = this.taken + this.window - this.granted
    if (more < this.window / 4) return
    this.granted += more
    this.host.send({ type: 'audioCredit', stream: this.begun.stream, samples: more })
  }

  private scoreBlock({ index, first, length, isWhole, overlap, samples, lead }: SampleBlock): void {
    const { sampleRate, fileGroup } = this.recording
    const { name } = this.begun.calibration
    const group = isWhole ? name : fileGroup
    const [startSeconds, endSeconds] = [first / sampleRate, (first + length) / sampleRate]
    this.blocksWaiting += 1
    const job = this.stream!.scoreBlock({ samples, sampleRate, lead, length }, index, group)
    this.blockJobs = Promise.all([this.blockJobs, job]).then(([, { score, computeMs }]) => {
      this.blocksWaiting -= 1
      if (this.closed) return
      this.computeMs += computeMs
      const { stream } = this.begun
      const { block, drift, isNewAlarm } = this.verdict.add(score, {
        index,
        startSeconds,
        endSeconds,
        isNew: isWhole && overlap === 0,
        ...(group === name ? {} : { group }),
      })
      this.host.decided(block.decision)
      if (isNewAlarm) this.host.drifted()
      this.host.send({ type: 'block', stream, ...block })
      if (drift !== undefined) this.host.send({ type: 'drift', stream, ...drift })
      this.grantSamples()
    })
    this.follow(this.blockJobs)
  }

  private async finish(): Promise<void> {
    await this.sendScores(this.stream!.flush(), 0)
    await this.blockJobs
    if (this.closed) return
    this.release()
    const seconds = this.samples / this.recording.sampleRate
    const rtf = seconds === 0 ? 0 : this.computeMs / 1000 / seconds
    const { stream } = this.begun
    const { samples, frames } = this
    this.host.send({ type: 'scored', stream, samples, seconds, frames, ...this.verdict.summary(), rtf })
    this.close('done')
  }

  /** What fails behind the client's back ends the stream. */
  private follow(work: Promise<void>): void {
    work.catch((error) => this.fail(problemOf(error) ?? new Problem('internal', 'a mistake of the server')))
  }

  /** @throws Problem invalid_audio */
  private decoded(payload: Uint8Array): Float32Array {
    const { format } = this.recording
    const sampleBytes = format === 's16le' ? 2 : 4
    if (payload.length % sampleBytes !== 0) {
      const message = `payload: got ${payload.length} bytes, expected whole samples of ${sampleBytes}`
      throw new Problem('invalid_audio', message, { field: 'payload' })
    }
    const samples = format === 's16le' ? s16ToSamples(payload) : bytesToFloats(payload)
    const bad = samples.findIndex((sample) => !(Math.abs(sample) <= largestSample))
    if (bad < 0) return samples
    const message = `sample ${this.samples + bad}: got ${samples[bad]}, expected -1 to 1`
    throw new Problem('invalid_audio', message, { field: 'payload' })
  }

  private expectOpen(): void {
    if (this.ended) {
      throw new Problem('invalid_argument', 'stream: got more after "end", expected nothing but "cancel"', {
        field: 'stream',
      })
    }
    if (this.stream !== undefined) return
    throw new Problem(
      'credit_exceeded',
      'stream: got media or "end" before "scoring", expected to be waited for',
      {
        field: 'stream',
      },
    )
  }

  private close(outcome: StreamOutcome): void {
    if (this.closed) return
    this.closed = true
    this.release()
    this.host.closed(outcome)
  }

  private release(): void {
    if (this.released) return
    this.released = true
    this.stream?.close()
    this.host.freed()
  }
}

/** One message of all that came at a time, in numbers that are short as text. */
function joined(maps: readonly FrameMap[], frameSeconds: number): FrameScores {
  const frame = maps[0]!.frame
  const rounded = (values: (map: FrameMap) => readonly number[], digits: number) =>
    maps.flatMap((map) => values(map).map((value) => Number(value.toFixed(digits))))
  return {
    frame,
    startSeconds: Number((frame * frameSeconds).toFixed(4)),
    surprise: rounded(({ surprise }) => surprise, 4),
    bandSurprise: rounded(({ bandSurprise }) => bandSurprise, 2),
    natsPerSample: rounded(({ natsPerSample }) => natsPerSample, 4),
    levelDb: rounded(({ levelDb }) => levelDb, 1),
  }
}
