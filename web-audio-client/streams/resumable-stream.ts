import type { MediaFrame, ServerMessage } from '../../src/protocol/messages.js'
import type { Connection, Ready } from '../connection/connection.js'
import { Deferred } from '../connection/deferred.js'
import { clientError, GlowcastClientError } from '../connection/errors.js'
import type { Link } from './link.js'
import { readableFrom } from './pipes.js'
import type { SendQueue } from './send-queue.js'

export type StreamMessage = Extract<ServerMessage, { stream: number }> | ErrorMessage
type ErrorMessage = Extract<ServerMessage, { type: 'error' }>

/** What a client needs of a stream, of either kind. */
export interface ClientStream {
  readonly number: number
  readonly closed: Promise<void>
  cancel(reason?: unknown): Promise<void>
  /** Whether the server owes an answer, or values for which it has credit. */
  readonly awaitsServer: boolean
  readonly isAttached: boolean
  /** Opens the stream on a connection, from the start. */
  attach(connection: Connection, ready: Ready): void
  /** The connection is gone. */
  detach(reason: GlowcastClientError): void
  receive(message: StreamMessage): void
  /** @throws GlowcastClientError protocol_violation */
  receivePcm(frame: MediaFrame): void
  /** Ends the stream with an error. */
  fail(error: GlowcastClientError): void
}

/** What a stream needs of its client. */
export interface StreamHost {
  /** The stream is over, or its cancellation is; its number is free. */
  forget(stream: ClientStream): void
  /** Opens the stream again in a while, on the connection that stands then. */
  reopenLater(stream: ClientStream, minMs: number): void
}

/** What came and waits to be taken. */
interface Items<Item> {
  take(): Promise<Item | undefined>
  clear(): void
  finish(failure?: unknown): void
}

/** Times that a stream is opened again after errors of the server without a new value between them. */
const maxRetries = 3

/**
 * The life of a stream of either kind: opened, told everything from the start again when its connection is lost, ended
 * or cancelled. What an earlier connection brought already is for the kinds to skip.
 */
export abstract class ResumableStream<Opened, Figures, Item extends object, L extends Link<Opened>>
  implements AsyncIterable<Item>, ClientStream
{
  protected readonly openedOnce = new Deferred<Opened>()
  protected ended: Deferred<Figures> | undefined
  protected link: L | undefined
  protected isCancelled = false
  protected resumed = 0
  protected bytesSent = 0
  protected firstSentAtMs: number | undefined
  private readonly over = new Deferred<void>()
  private isOver = false
  /** Where the values so far came from. */
  private identity: string | undefined
  private retries = 0

  /** @param medium what is sent, for messages */
  constructor(
    readonly number: number,
    protected readonly sendQueue: SendQueue,
    private readonly medium: string,
    private readonly host: StreamHost,
  ) {}

  protected abstract readonly items: Items<Item>
  protected abstract makeLink(connection: Connection, ready: Ready): L
  protected abstract take(link: L, message: StreamMessage): void

  /** The server's answer to the first opening. Rejects when it is refused. */
  get opened(): Promise<Opened> {
    return this.openedOnce.promise
  }

  /** Ends the stream. Resolves when the server has sent all; take it, or credit holds it back. */
  end(): Promise<Figures> {
    if (this.ended === undefined) {
      this.assertUnended('end')
      this.ended = new Deferred()
      void this.sendQueue.addMark('end')
      this.pump()
    }
    return this.ended.promise
  }

  /**
   * Drops the stream and what it has not handed out. Resolves when the server has let go.
   *
   * @param reason thrown to whoever waits; without one iteration just ends, and promises reject with `cancelled`
   */
  cancel(reason?: unknown): Promise<void> {
    if (this.isCancelled || this.isOver) return this.closed
    this.isCancelled = true
    this.settle(reason ?? clientError('cancelled', 'The stream was cancelled'))
    this.items.clear()
    this.items.finish(reason)
    if (this.link === undefined) this.finish()
    else this.link.cancel()
    return this.closed
  }

  /** Resolves when the stream is over, and the server has let go of it: at its end, a failure, or a cancellation. */
  get closed(): Promise<void> {
    return this.over.promise
  }

  /**
   * What comes, as a ReadableStream: in place of iteration, once. With `writable` beside it the stream is what
   * `pipeThrough` takes.
   */
  get readable(): ReadableStream<Item> {
    return readableFrom(this)
  }

  /** Takes what comes, once; leaving the loop cancels the stream. */
  [Symbol.asyncIterator](): AsyncIterator<Item, undefined> {
    return {
      next: async () => {
        const value = await this.items.take()
        return value === undefined ? { done: true, value } : { value }
      },
      return: async () => {
        if (!this.isOver) void this.cancel()
        return { done: true, value: undefined }
      },
    }
  }

  // What follows is called by the client alone.

  /** @internal */
  get awaitsServer(): boolean {
    const { link } = this
    if (link === undefined) return false
    return link.opened === undefined || this.isCancelled || this.isOwed(link)
  }

  /** @internal */
  get isAttached(): boolean {
    return this.link !== undefined
  }

  /** @internal */
  attach(connection: Connection, ready: Ready): void {
    this.sendQueue.rewind()
    this.link = this.makeLink(connection, ready)
  }

  /** @internal */
  detach(reason: GlowcastClientError): void {
    const wasAttached = this.link !== undefined
    this.link = undefined
    if (this.isCancelled) this.finish()
    else if (!reason.retryable) this.fail(reason)
    else if (wasAttached && !this.sendQueue.keepsAll) {
      const words = `${reason.message}, and the ${this.medium} sent so far was not kept: the stream cannot be resumed`
      this.fail(clientError('connection_lost', words, { retryable: true }))
    }
  }

  /** @internal */
  receive(message: StreamMessage): void {
    const { link } = this
    if (link === undefined) return
    if (message.type === 'cancelled') this.finish()
    else if (message.type === 'error') this.receiveError(link, message)
    else this.take(link, message)
    this.pump()
  }

  /** @internal */
  abstract receivePcm(frame: MediaFrame): void

  /** @internal */
  fail(error: GlowcastClientError): void {
    this.settle(error)
    this.items.finish(error)
    this.finish()
  }

  /** Whether an open stream waits for something that the server can send now. */
  protected isOwed(_link: L): boolean {
    return this.ended !== undefined || this.sendQueue.hasMore
  }

  /** Whether nothing more is to be sent for now. */
  protected get isHeldBack(): boolean {
    return false
  }

  /** @param credit units of media that the server takes at first */
  protected becomeOpen(link: L, opened: Opened, credit: number): void {
    const identity = link.identity(opened)
    if (this.identity !== undefined && this.identity !== identity) {
      link.cancel()
      const words =
        'The connection was lost, and the server now has another model or calibration: the stream cannot be resumed'
      this.fail(clientError('connection_lost', words, { retryable: true }))
      return
    }
    if (this.identity !== undefined) this.resumed += 1
    this.identity = identity
    link.opened = opened
    link.grant(credit)
    this.openedOnce.resolve(opened)
  }

  /** The server goes on: earlier errors are forgotten. */
  protected progressed(): void {
    this.retries = 0
  }

  /** The server has sent all. */
  protected complete(figures: Figures): void {
    this.ended?.resolve(figures)
    this.finish()
  }

  protected pump(): void {
    if (this.isCancelled || this.isHeldBack) return
    const bytes = this.link?.pump(this.sendQueue) ?? 0
    if (bytes > 0) this.firstSentAtMs ??= performance.now()
    this.bytesSent += bytes
  }

  /** Tells all who wait that nothing comes. */
  protected settle(reason: unknown): void {
    this.openedOnce.reject(reason)
    this.sendQueue.fail(reason)
    this.ended?.reject(reason)
  }

  /** @throws GlowcastClientError ended */
  protected assertUnended(call: string): void {
    if (this.ended !== undefined || this.isCancelled || this.isOver) {
      throw clientError('ended', `${call}: the stream has ended`)
    }
  }

  private receiveError(link: L, message: ErrorMessage): void {
    const error = new GlowcastClientError(message.code, message.message, message)
    const resumable = link.opened !== undefined && message.retryable && this.sendQueue.keepsAll
    if (this.isCancelled) this.finish()
    else if (resumable && this.retries++ < maxRetries) {
      this.link = undefined
      this.host.reopenLater(this, message.retryAfterMs ?? 500)
    } else this.fail(error)
  }

  private finish(): void {
    if (this.isOver) return
    this.isOver = true
    this.link = undefined
    this.items.finish()
    this.settle(clientError('ended', 'The stream has ended'))
    this.over.resolve()
    this.host.forget(this)
  }
}
