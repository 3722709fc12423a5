import { type ServerMessage, sampleBytes } from '../../../src/protocol/messages.js'
import type { Connection, Ready } from '../../connection/connection.js'
import { clientError, refuseArgument } from '../../connection/errors.js'
import { writableTo } from '../pipes.js'
import { ResumableStream, type StreamHost, type StreamMessage } from '../resumable-stream.js'
import { SendQueue } from '../send-queue.js'
import { type Scoring, ScoringLink } from './link.js'
import type { CheckedScoringOptions } from './options.js'
import { type ScoreEvent, ScoreReceiveQueue } from './receive-queue.js'
import { recordingBytes } from './recording-bytes.js'

export type ScoreResult = Extract<ServerMessage, { type: 'scored' }>

/** Samples that a stream can count: its positions are of 32 bits. */
const maxSamples = 2 ** 32

/**
 * A recording in, its scores out: `for await (const event of stream)`. Made by `GlowcastClient.score`. When the
 * connection is lost the stream is opened again and told the same recording, and what was received already is skipped;
 * where that cannot be, it fails with `connection_lost`.
 */
export class ScoringStream extends ResumableStream<Scoring, ScoreResult, ScoreEvent, ScoringLink> {
  protected override readonly items = new ScoreReceiveQueue(() => this.pump())
  private isIterated = false
  private hasDiscarded = false
  private samples = 0
  private frames = 0
  private blocks = 0
  private tests = 0
  private frameSeconds = 0

  constructor(
    number: number,
    private readonly options: CheckedScoringOptions,
    host: StreamHost,
  ) {
    const keepSamples = options.keepSeconds * options.sampleRate
    super(number, new SendQueue(sampleBytes[options.format], keepSamples), 'recording', host)
  }

  /** What was sent, replays included, and how often the stream was resumed. */
  get traffic(): { readonly bytesSent: number; readonly resumed: number } {
    return { bytesSent: this.bytesSent, resumed: this.resumed }
  }

  /** Seconds of what was written whose scores have not come. */
  get behindSeconds(): number {
    return Math.max(0, this.samples / this.options.sampleRate - this.frames * this.frameSeconds)
  }

  /**
   * Samples of one channel, copied: floats in -1 to 1, or 16-bit integers.
   *
   * @returns resolves when they are sent: await it, and the server's credit holds you back
   * @throws GlowcastClientError invalid_argument, ended
   */
  write(samples: Float32Array | Int16Array): Promise<void> {
    this.assertUnended('write')
    if (this.samples + samples.length > maxSamples) {
      refuseArgument(
        'samples',
        `${this.samples + samples.length} in all`,
        `at most ${maxSamples} in a stream`,
      )
    }
    const sent = this.sendQueue.addMedia(recordingBytes(samples, this.options.format))
    this.samples += samples.length
    this.pump()
    return sent
  }

  /**
   * Takes scores, blocks and drift as they come, once; leaving the loop cancels the stream. Who only wants the result
   * of `end` need not iterate: nothing is kept until iteration begins.
   *
   * @throws GlowcastClientError invalid_argument when it begins after something had come
   */
  override [Symbol.asyncIterator](): AsyncIterator<ScoreEvent, undefined> {
    if (this.hasDiscarded) {
      refuseArgument('iteration', 'a start after scores had come', 'a start before the first write')
    }
    this.isIterated = true
    return super[Symbol.asyncIterator]()
  }

  /** `write` and `end` as a WritableStream. */
  get writable(): WritableStream<Float32Array | Int16Array> {
    return writableTo(this)
  }

  /** @internal */
  override receivePcm(): void {
    throw clientError('protocol_violation', 'pcm: got samples for a scoring stream')
  }

  protected override get isHeldBack(): boolean {
    return this.items.waitingFrames * this.frameSeconds > this.options.aheadSeconds
  }

  protected override isOwed(link: ScoringLink): boolean {
    return super.isOwed(link) && !this.isHeldBack
  }

  protected override makeLink(connection: Connection, ready: Ready): ScoringLink {
    return new ScoringLink(this.number, this.options, connection, ready)
  }

  protected override take(link: ScoringLink, message: StreamMessage): void {
    if (message.type === 'scoring') {
      this.frameSeconds = message.frameSeconds
      this.becomeOpen(link, message, message.credit)
    } else if (message.type === 'audioCredit') link.grant(message.samples)
    else if (message.type === 'scored') this.complete(message)
    else if (message.type === 'scores' || message.type === 'block') {
      link.count(message)
      this.deliver(message)
    } else if (message.type === 'drift') this.deliver(message)
  }

  private deliver(message: ScoreEvent): void {
    // A replay brings again what is known.
    const fresh = this.fresh(message)
    if (fresh === undefined) return
    this.progressed()
    if (this.isIterated) this.items.push(fresh)
    else this.hasDiscarded = true
  }

  /** The part of a message that is new, which is then known. */
  private fresh(message: ScoreEvent): ScoreEvent | undefined {
    if (message.type === 'block') {
      if (message.block < this.blocks) return undefined
      this.blocks = message.block + 1
      return message
    }
    if (message.type === 'drift') {
      if (message.tests <= this.tests) return undefined
      this.tests = message.tests
      return message
    }
    const known = this.frames - message.frame
    if (known >= message.surprise.length) return undefined
    this.frames = message.frame + message.surprise.length
    if (known === 0) return message
    const { bandSurprise } = message
    const bands = (bandSurprise?.length ?? 0) / message.surprise.length
    return {
      ...message,
      ...(bandSurprise === undefined ? {} : { bandSurprise: bandSurprise.slice(known * bands) }),
      frame: message.frame + known,
      startSeconds: message.startSeconds + known * this.frameSeconds,
      surprise: message.surprise.slice(known),
      natsPerSample: message.natsPerSample.slice(known),
      levelDb: message.levelDb.slice(known),
    }
  }
}
