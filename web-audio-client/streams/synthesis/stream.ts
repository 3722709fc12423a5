import {
  floatsToBytes,
  lastOfUtterance,
  type MediaFrame,
  type PcmFormat,
  type StreamFigures,
} from '../../../src/protocol/messages.js'
import type { Connection, Ready } from '../../connection/connection.js'
import { Deferred } from '../../connection/deferred.js'
import { kindOf, refuseArgument } from '../../connection/errors.js'
import { writableTo } from '../pipes.js'
import { ResumableStream, type StreamHost, type StreamMessage } from '../resumable-stream.js'
import { SendQueue } from '../send-queue.js'
import { toWav } from '../to-wav.js'
import { type Opened, StreamLink } from './link.js'
import type { CheckedStreamOptions } from './options.js'
import { type PcmChunk, ReceiveQueue } from './receive-queue.js'

/** What a stream sent and received, replays included. */
export interface StreamTraffic {
  readonly bytesSent: number
  readonly bytesReceived: number
  /** How often it was resumed. */
  readonly resumed: number
  /** From the first mel frame sent to the first samples received, in ms. */
  readonly ttfaMs: number | undefined
}

/**
 * Mel frames in, samples out: `for await (const chunk of stream)`. Made by `GlowcastClient.open`. When the
 * connection is lost the stream is opened again with the same seed and told the same mel, and the samples that were
 * received already are skipped; where that cannot be, it fails with `connection_lost`.
 */
export class GlowcastStream extends ResumableStream<Opened, StreamFigures, PcmChunk, StreamLink> {
  protected override readonly items: ReceiveQueue
  private readonly flushes: Deferred<StreamFigures>[] = []
  private flushesAnswered = 0
  private received = 0
  private writtenFrames = 0
  private lastMarkAt = -1
  private bytesReceived = 0
  private ttfaMs: number | undefined

  constructor(
    number: number,
    private readonly options: CheckedStreamOptions,
    host: StreamHost,
  ) {
    super(number, new SendQueue(4 * options.mel.melBands, options.keepFrames), 'mel', host)
    this.items = new ReceiveQueue(options.aheadSamples, (samples) =>
      this.isCancelled ? false : (this.link?.grantSamples(samples) ?? false),
    )
  }

  get seed(): number {
    return this.options.seed
  }

  get traffic(): StreamTraffic {
    const { bytesSent, bytesReceived, resumed, ttfaMs } = this
    return { bytesSent, bytesReceived, resumed, ttfaMs }
  }

  /**
   * Log-mel frames [frames, melBands], copied. A write that is refused sends nothing, and the stream stays as it was:
   * write other values in its place, or cancel.
   *
   * @returns resolves when they are sent: await it, and the server's credit holds you back
   * @throws GlowcastClientError invalid_argument with frame and band, ended
   */
  write(mel: Float32Array): Promise<void> {
    this.assertUnended('write')
    this.assertMel(mel)
    const sent = this.sendQueue.addMedia(floatsToBytes(mel))
    this.writtenFrames += mel.length / this.options.mel.melBands
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
    this.assertUnended('flush')
    const reply = new Deferred<StreamFigures>()
    this.flushes.push(reply)
    void this.sendQueue.addMark('flush')
    this.pump()
    return reply.promise
  }

  /**
   * The whole stream as a WAV file of type audio/wav: in place of iteration, once. It is there when the stream has ended.
   *
   * @param format default: the stream's, s16le unless it was opened with another
   */
  toWav(format: PcmFormat = this.options.format): Promise<Blob> {
    return toWav(this, { format })
  }

  /** `write` and `end` as a WritableStream. */
  get writable(): WritableStream<Float32Array> {
    return writableTo(this)
  }

  /** @internal */
  override receivePcm(frame: MediaFrame): void {
    const { link } = this
    if (link?.opened === undefined || this.isCancelled) return
    const samples = link.decode(frame)
    this.bytesReceived += frame.payload.length
    // A replay brings again what is known.
    const fresh = samples.subarray(Math.max(0, samples.length - (link.position - this.received)))
    const ends = (frame.flags & lastOfUtterance) !== 0 && link.position >= this.received
    const last = ends && this.lastMarkAt < link.position
    if (fresh.length > 0 || last) this.deliver(link.opened, fresh, last)
  }

  protected override makeLink(connection: Connection, ready: Ready): StreamLink {
    const credit = this.received + this.items.regrant()
    return new StreamLink(this.number, this.options, connection, ready, credit)
  }

  protected override take(link: StreamLink, message: StreamMessage): void {
    if (message.type === 'opened') {
      this.becomeOpen(link, message, message.credit)
      this.items.grantTaken()
    } else if (message.type === 'credit') link.grant(message.frames)
    else if (message.type === 'flushed') this.answerFlush(link, message)
    else if (message.type === 'done') this.complete(message)
  }

  protected override isOwed(link: StreamLink): boolean {
    const owed = super.isOwed(link) || this.flushes.length > this.flushesAnswered
    return owed && link.mayBringSamples
  }

  protected override settle(reason: unknown): void {
    super.settle(reason)
    for (const flush of this.flushes) flush.reject(reason)
  }

  /** @throws GlowcastClientError invalid_argument */
  private assertMel(mel: Float32Array): void {
    const { melBands } = this.options.mel
    if (!(mel instanceof Float32Array)) refuseArgument('mel', kindOf(mel), 'a Float32Array')
    if (mel.length % melBands !== 0) {
      refuseArgument('mel', `${mel.length} values`, `whole frames of ${melBands}`)
    }
    const bad = mel.findIndex((value) => !Number.isFinite(value))
    if (bad < 0) return
    const frame = Math.floor(bad / melBands)
    const place = `frame ${frame}, band ${bad % melBands} (frame ${this.writtenFrames + frame} of the stream)`
    refuseArgument('mel', `${mel[bad]} in ${place}`, 'finite values')
  }

  private deliver({ sampleRate }: Opened, samples: Float32Array, last: boolean): void {
    const receivedAtMs = performance.now()
    if (this.received === 0) this.ttfaMs = receivedAtMs - (this.firstSentAtMs ?? receivedAtMs)
    const position = this.received
    this.received += samples.length
    if (last) this.lastMarkAt = this.received
    this.progressed()
    this.items.push({ samples, sampleRate, position, last, receivedAtMs })
  }

  private answerFlush(link: StreamLink, figures: StreamFigures): void {
    // A replay brings the answers of earlier flushes once more.
    if (link.flushReplies++ === this.flushesAnswered) this.flushes[this.flushesAnswered++]?.resolve(figures)
  }
}
