import { lastOfUtterance, type MediaFrame, type ServerMessage, type StreamFigures } from '../src/protocol.js'
import type { Connection, Ready } from './connection.js'
import { Deferred } from './deferred.js'
import { clientError, GlowcastClientError, refuseArgument } from './errors.js'
import { Inbox, type PcmChunk } from './inbox.js'
import { Outbox } from './outbox.js'
import { type Opened, StreamLink } from './stream-link.js'
import type { CheckedStreamOptions } from './stream-options.js'

export type StreamMessage = Extract<ServerMessage, { stream: number }> | ErrorMessage
type ErrorMessage = Extract<ServerMessage, { type: 'error' }>

/** What a stream sent and received, replays included. */
export interface StreamTraffic {
  readonly bytesSent: number
  readonly bytesReceived: number
  /** How often it was resumed. */
  readonly resumed: number
  /** From the first mel frame sent to the first samples received, in ms. */
  readonly ttfaMs: number | undefined
}

/** What a stream needs of its client. */
export interface StreamHost {
  /** The stream is over, or its cancellation is; its number is free. */
  forget(stream: GlowcastStream): void
  /** Opens the stream again in a while, on the connection that stands then. */
  reopenLater(stream: GlowcastStream, leastMs: number): void
}

/** Times that a stream is opened again after errors of the server without a new sample between them. */
const mostRetries = 3

/**
 * Mel frames in, samples out: `for await (const chunk of stream)`. Made by `GlowcastClient.open`. When the
 * connection is lost the stream is opened again with the same seed and told the same mel, and the samples that were
 * received already are skipped; where that cannot be, it fails with `connection_lost`.
 */
export class GlowcastStream implements AsyncIterable<PcmChunk> {
  private readonly outbox: Outbox
  private readonly inbox: Inbox
  private readonly openedOnce = new Deferred<Opened>()
  private readonly flushes: Deferred<StreamFigures>[] = []
  private flushesAnswered = 0
  private ended: Deferred<StreamFigures> | undefined
  private cancelled: Deferred<void> | undefined
  private isOver = false
  private link: StreamLink | undefined
  /** Model and format of the samples so far. */
  private identity: string | undefined
  private received = 0
  private lastMarkAt = -1
  private retries = 0
  private firstSentAtMs: number | undefined
  private figures = { bytesSent: 0, bytesReceived: 0, resumed: 0, ttfaMs: undefined as number | undefined }

  constructor(
    readonly number: number,
    private readonly options: CheckedStreamOptions,
    private readonly host: StreamHost,
  ) {
    this.outbox = new Outbox(options.mel.melBands, options.keepFrames)
    this.inbox = new Inbox(options.aheadSamples, (samples) =>
      this.cancelled === undefined ? (this.link?.grantSamples(samples) ?? false) : false,
    )
  }

  /** The server's answer to the first opening: model, sample rate, latency. Rejects when it is refused. */
  get opened(): Promise<Opened> {
    return this.openedOnce.promise
  }

  get seed(): number {
    return this.options.seed
  }

  get traffic(): StreamTraffic {
    return { ...this.figures }
  }

  /**
   * Log-mel frames [frames, melBands], copied.
   *
   * @returns resolves when they are sent: await it, and the server's credit holds you back
   * @throws GlowcastClientError invalid_argument, ended
   */
  write(mel: Float32Array): Promise<void> {
    this.requireUnended('write')
    const { melBands } = this.options.mel
    if (mel.length % melBands !== 0) {
      refuseArgument('mel', `${mel.length} values`, `whole frames of ${melBands}`)
    }
    const bad = mel.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0) refuseArgument('mel', `${mel[bad]} at index ${bad}`, 'finite values')
    const sent = this.outbox.addMel(mel)
    this.pump()
    return sent
  }

  /**
   * Ends an utterance: its audio is completed without waiting for further frames.
   *
   * @returns resolves when all samples of the utterance are sent
   * @throws GlowcastClientError ended
   */
  flush(): Promise<StreamFigures> {
    this.requireUnended('flush')
    const reply = new Deferred<StreamFigures>()
    this.flushes.push(reply)
    void this.outbox.addMark('flush')
    this.pump()
    return reply.promise
  }

  /** Ends the stream. Resolves with its figures when all samples are sent; take them, or credit holds them back. */
  end(): Promise<StreamFigures> {
    if (this.ended === undefined) {
      this.requireUnended('end')
      this.ended = new Deferred()
      void this.outbox.addMark('end')
      this.pump()
    }
    return this.ended.promise
  }

  /** Drops the stream and what it has not handed out; iteration ends. Resolves when the server has let go. */
  cancel(): Promise<void> {
    if (this.cancelled !== undefined) return this.cancelled.promise
    if (this.isOver) return Promise.resolve()
    this.cancelled = new Deferred()
    this.settle(clientError('cancelled', 'The stream was cancelled'))
    this.inbox.clear()
    this.inbox.finish()
    if (this.link === undefined) this.finish()
    else this.link.cancel()
    return this.cancelled.promise
  }

  /** Takes the samples, once; leaving the loop cancels the stream. */
  [Symbol.asyncIterator](): AsyncIterator<PcmChunk, undefined> {
    return {
      next: async () => {
        const value = await this.inbox.take()
        return value === undefined ? { done: true, value } : { value }
      },
      return: async () => {
        if (!this.isOver) void this.cancel()
        return { done: true, value: undefined }
      },
    }
  }

  // What follows is called by the client alone.

  /** @internal Whether the server owes an answer, or samples for which it has credit. */
  get awaitsServer(): boolean {
    const { link } = this
    if (link === undefined) return false
    if (link.opened === undefined || this.cancelled !== undefined) return true
    const owed = this.ended !== undefined || this.flushes.length > this.flushesAnswered || this.outbox.hasMore
    return owed && link.mayBringSamples
  }

  /** @internal */
  get isAttached(): boolean {
    return this.link !== undefined
  }

  /** @internal Opens the stream on a connection, from the start. */
  attach(connection: Connection, ready: Ready): void {
    const credit = this.received + this.inbox.regrant()
    this.outbox.rewind()
    this.link = new StreamLink(this.number, this.options, connection, ready, credit)
  }

  /** @internal The connection is gone. */
  detach(reason: GlowcastClientError): void {
    const wasAttached = this.link !== undefined
    this.link = undefined
    if (this.cancelled !== undefined) this.finish()
    else if (!reason.retryable) this.fail(reason)
    else if (wasAttached && !this.outbox.keepsAll) {
      const words = `${reason.message}, and the mel sent so far was not kept: the stream cannot be resumed`
      this.fail(clientError('connection_lost', words, { retryable: true }))
    }
  }

  /** @internal */
  receive(message: StreamMessage): void {
    const { link } = this
    if (link === undefined) return
    if (message.type === 'opened') this.becomeOpen(link, message)
    else if (message.type === 'credit') link.grantFrames(message.frames)
    else if (message.type === 'flushed') this.answerFlush(link, message)
    else if (message.type === 'cancelled') this.finish()
    else if (message.type === 'error') this.receiveError(link, message)
    else if (message.type === 'done') {
      this.ended?.resolve(message)
      this.finish()
    }
    this.pump()
  }

  /** @internal @throws GlowcastClientError protocol_violation */
  receivePcm(frame: MediaFrame): void {
    const { link } = this
    if (link?.opened === undefined || this.cancelled !== undefined) return
    const samples = link.decode(frame)
    this.figures.bytesReceived += frame.payload.length
    // A replay brings again what is known.
    const fresh = samples.subarray(Math.max(0, samples.length - (link.position - this.received)))
    const ends = (frame.flags & lastOfUtterance) !== 0 && link.position >= this.received
    const last = ends && this.lastMarkAt < link.position
    if (fresh.length > 0 || last) this.deliver(link.opened, fresh, last)
  }

  /** @internal Ends the stream with an error. */
  fail(error: GlowcastClientError): void {
    this.settle(error)
    this.inbox.finish(error)
    this.finish()
  }

  private deliver({ sampleRate }: Opened, samples: Float32Array, last: boolean): void {
    const receivedAtMs = performance.now()
    if (this.received === 0) this.figures.ttfaMs = receivedAtMs - (this.firstSentAtMs ?? receivedAtMs)
    const position = this.received
    this.received += samples.length
    if (last) this.lastMarkAt = this.received
    this.retries = 0
    this.inbox.push({ samples, sampleRate, position, last, receivedAtMs })
  }

  private becomeOpen(link: StreamLink, message: Opened): void {
    const identity = link.identity(message)
    if (this.identity !== undefined && this.identity !== identity) {
      link.cancel()
      const words =
        'The connection was lost, and the server now has another model: the stream cannot be resumed'
      this.fail(clientError('connection_lost', words, { retryable: true }))
      return
    }
    if (this.identity !== undefined) this.figures.resumed += 1
    this.identity = identity
    link.becameOpen(message)
    this.inbox.grantTaken()
    this.openedOnce.resolve(message)
  }

  private answerFlush(link: StreamLink, figures: StreamFigures): void {
    // A replay brings the answers of earlier flushes once more.
    if (link.flushReplies++ === this.flushesAnswered) this.flushes[this.flushesAnswered++]?.resolve(figures)
  }

  private receiveError(link: StreamLink, message: ErrorMessage): void {
    const error = new GlowcastClientError(message.code, message.message, message)
    const resumable = link.opened !== undefined && message.retryable && this.outbox.keepsAll
    if (this.cancelled !== undefined) this.finish()
    else if (resumable && this.retries++ < mostRetries) {
      this.link = undefined
      this.host.reopenLater(this, message.retryAfterMs ?? 500)
    } else this.fail(error)
  }

  private pump(): void {
    if (this.cancelled !== undefined) return
    const bytes = this.link?.pump(this.outbox) ?? 0
    if (bytes > 0) this.firstSentAtMs ??= performance.now()
    this.figures.bytesSent += bytes
  }

  /** Tells all who wait that nothing comes. */
  private settle(reason: GlowcastClientError): void {
    this.openedOnce.reject(reason)
    this.outbox.fail(reason)
    for (const flush of this.flushes) flush.reject(reason)
    this.ended?.reject(reason)
  }

  private finish(): void {
    if (this.isOver) return
    this.isOver = true
    this.link = undefined
    this.inbox.finish()
    this.settle(clientError('ended', 'The stream has ended'))
    this.cancelled?.resolve()
    this.host.forget(this)
  }

  private requireUnended(call: string): void {
    if (this.ended !== undefined || this.cancelled !== undefined || this.isOver) {
      throw clientError('ended', `${call}: the stream has ended`)
    }
  }
}
