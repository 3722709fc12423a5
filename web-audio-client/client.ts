import { type MediaFrame, subprotocol } from '../src/protocol.js'
import { Backoff, type ReconnectOptions } from './backoff.js'
import { Connection, type Ready } from './connection.js'
import { Deferred } from './deferred.js'
import { clientError, GlowcastClientError, refuseArgument } from './errors.js'
import type { ClientStream, StreamHost, StreamMessage } from './resumable-stream.js'
import { checkScoringOptions, type ScoringOptions } from './scoring-options.js'
import { ScoringStream } from './scoring-stream.js'
import { browserSocket, type CreateSocket } from './socket.js'
import { GlowcastStream } from './stream.js'
import { checkStreamOptions, type StreamOptions } from './stream-options.js'

export type ConnectionState =
  /** No connection, and none needed: the next `connect` or `open` makes one. */
  | { readonly name: 'idle' }
  | { readonly name: 'connecting' }
  | { readonly name: 'ready'; readonly ready: Ready }
  /** The server stops soon: streams go on, new ones wait for the next connection. */
  | { readonly name: 'draining'; readonly closesInMs: number }
  /** Between two attempts. */
  | { readonly name: 'waiting'; readonly retryInMs: number; readonly reason: GlowcastClientError }
  /** For good. */
  | { readonly name: 'closed'; readonly reason: GlowcastClientError }

export interface ClientOptions {
  /** `wss://host/v1/stream` */
  readonly url: string
  /** A short-lived token of `POST /v1/tokens`, asked for before each attempt. Absent: none is offered. */
  readonly token?: () => Promise<string> | string
  readonly reconnect?: ReconnectOptions
  /** A server that owes an answer and is not heard for so long counts as lost. Default 15 s. */
  readonly silenceMs?: number
  /** Default 10 s. */
  readonly handshakeMs?: number
  readonly onState?: (state: ConnectionState) => void
  /** Default: the browser's WebSocket. */
  readonly createSocket?: CreateSocket
}

/**
 * A connection to a Glowcast server, made when it is needed and made anew, with growing waits, when it is lost while
 * streams are open. Page or Node; no globals but WebSocket, timers and `performance`.
 */
export class GlowcastClient {
  private readonly streams = new Map<number, ClientStream>()
  private readonly backoff: Backoff
  private nextNumber = 0
  private current: ConnectionState = { name: 'idle' }
  private connection: Connection | undefined
  private running = false
  private wanted: Deferred<Ready> | undefined
  private wake: (() => void) | undefined

  constructor(private readonly options: ClientOptions) {
    this.backoff = new Backoff(options.reconnect)
  }

  get state(): ConnectionState {
    return this.current
  }

  /**
   * Resolves with the server's limits and models once connected; `open` connects by itself.
   *
   * @throws GlowcastClientError connection_failed when attempts are used up, closed
   */
  connect(): Promise<Ready> {
    if (this.current.name === 'closed') return Promise.reject(this.current.reason)
    if (this.current.name === 'ready') return Promise.resolve(this.current.ready)
    this.wanted ??= new Deferred()
    const { promise } = this.wanted
    this.start()
    return promise
  }

  /**
   * Opens a stream; it may be written to at once. Whether the server takes it, its `opened` tells.
   *
   * @throws GlowcastClientError invalid_argument, closed
   */
  open(options: StreamOptions): GlowcastStream {
    const checked = checkStreamOptions(options)
    return this.begin((number, host) => new GlowcastStream(number, checked, host))
  }

  /**
   * Opens a scoring stream; it may be written to at once. Whether the server takes it, its `opened` tells.
   *
   * @throws GlowcastClientError invalid_argument, closed
   */
  score(options: ScoringOptions): ScoringStream {
    const checked = checkScoringOptions(options)
    return this.begin((number, host) => new ScoringStream(number, checked, host))
  }

  /** Ends the connection and all streams, which fail with `closed`. */
  close(): void {
    this.end(clientError('closed', 'The client was closed'))
  }

  private begin<S extends ClientStream>(make: (number: number, host: StreamHost) => S): S {
    if (this.current.name === 'closed') throw this.current.reason
    const { state } = this
    if (state.name === 'ready' && this.streams.size >= state.ready.limits.streamsPerSocket) {
      refuseArgument(
        'streams',
        `${this.streams.size + 1} at a time`,
        `at most ${state.ready.limits.streamsPerSocket}`,
      )
    }
    const stream = make(this.freeNumber(), {
      forget: (gone) => this.forget(gone),
      reopenLater: (lost, leastMs) => void setTimeout(() => this.attach(lost), leastMs),
    })
    this.streams.set(stream.number, stream)
    this.attach(stream)
    this.start()
    return stream
  }

  /** Opens the stream now, or leaves it to the next connection. */
  private attach(stream: ClientStream): void {
    if (this.current.name !== 'ready' || this.connection === undefined) return
    if (this.streams.get(stream.number) !== stream || stream.isAttached) return
    stream.attach(this.connection, this.current.ready)
  }

  private freeNumber(): number {
    do this.nextNumber = (this.nextNumber + 1) & 0xffff
    while (this.streams.has(this.nextNumber))
    return this.nextNumber
  }

  private forget(stream: ClientStream): void {
    if (this.streams.get(stream.number) === stream) this.streams.delete(stream.number)
    this.leaveDraining()
  }

  /** A server that stops is left as soon as no stream needs it any more. */
  private leaveDraining(): void {
    const attached = [...this.streams.values()].some((stream) => stream.isAttached)
    if (this.current.name === 'draining' && !attached) {
      this.connection?.drop(clientError('connection_lost', 'The server is stopping', { retryable: true }))
    }
  }

  private start(): void {
    if (this.running) return
    this.running = true
    void this.run()
  }

  /** Connects, again and again, for as long as someone wants a connection. */
  private async run(): Promise<void> {
    while (this.wanted !== undefined || this.streams.size > 0) {
      const reason = await this.holdConnection()
      if (this.current.name === 'closed') return
      for (const stream of [...this.streams.values()]) stream.detach(reason)
      if (!reason.retryable) return this.end(reason)
      if (this.wanted === undefined && this.streams.size === 0) break
      const retryInMs = this.backoff.failed(reason.retryAfterMs)
      if (retryInMs === undefined) {
        return this.end(clientError('connection_failed', `${reason.message}; no more attempts are made`))
      }
      this.change({ name: 'waiting', retryInMs, reason })
      await this.sleep(retryInMs)
      if (this.state.name === 'closed') return
    }
    this.running = false
    this.change({ name: 'idle' })
  }

  /** One connection, from the attempt to its end. */
  private async holdConnection(): Promise<GlowcastClientError> {
    this.change({ name: 'connecting' })
    let handshake: ReturnType<typeof setTimeout> | undefined
    let watch: ReturnType<typeof setInterval> | undefined
    try {
      const token = await this.options.token?.()
      if (this.state.name === 'closed') return this.state.reason
      const connection = this.makeConnection(token)
      handshake = setTimeout(
        () => connection.drop(lost('The server did not answer')),
        this.options.handshakeMs ?? 10_000,
      )
      const ready = await connection.ready
      clearTimeout(handshake)
      watch = setInterval(() => this.checkHeard(connection), 1000)
      this.becomeReady(ready)
      return await connection.gone
    } catch (error) {
      if (error instanceof GlowcastClientError) return error
      return clientError('connection_failed', `token: ${error instanceof Error ? error.message : error}`, {
        field: 'token',
        retryable: true,
      })
    } finally {
      clearTimeout(handshake)
      clearInterval(watch)
      this.connection = undefined
    }
  }

  private makeConnection(token: string | undefined): Connection {
    const { url, createSocket = browserSocket } = this.options
    const offered = token === undefined ? [subprotocol] : [subprotocol, `glowcast.token.${token}`]
    const connection = new Connection(createSocket(url, offered), {
      message: (message) => this.receive(message),
      pcm: (frame) => this.receivePcm(frame),
    })
    this.connection = connection
    return connection
  }

  private becomeReady(ready: Ready): void {
    this.backoff.succeeded()
    this.change({ name: 'ready', ready })
    this.wanted?.resolve(ready)
    this.wanted = undefined
    for (const stream of this.streams.values()) this.attach(stream)
  }

  private receive(message: StreamMessage | { type: 'draining'; closesInMs: number }): void {
    if (message.type === 'draining') {
      this.change({ name: 'draining', closesInMs: message.closesInMs })
      this.leaveDraining()
    } else if (message.stream !== undefined) {
      this.streams.get(message.stream)?.receive(message)
    } else if (message.type === 'error') {
      const error = new GlowcastClientError(message.code, message.message, message)
      this.connection?.explain(error)
      // A stream resumed after idling would only idle again.
      if (error.code === 'idle') for (const stream of [...this.streams.values()]) stream.fail(error)
    }
  }

  private receivePcm(frame: MediaFrame): void {
    this.streams.get(frame.stream)?.receivePcm(frame)
  }

  private checkHeard(connection: Connection): void {
    const silentMs = performance.now() - connection.heardAt
    const awaited = [...this.streams.values()].some((stream) => stream.awaitsServer)
    if (awaited && silentMs > (this.options.silenceMs ?? 15_000)) {
      connection.drop(lost(`The server was not heard for ${Math.round(silentMs / 1000)} s`))
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  private end(reason: GlowcastClientError): void {
    if (this.current.name === 'closed') return
    this.change({ name: 'closed', reason })
    for (const stream of [...this.streams.values()]) stream.fail(reason)
    this.wanted?.reject(reason)
    this.connection?.drop(reason)
    this.wake?.()
  }

  private change(state: ConnectionState): void {
    this.current = state
    this.options.onState?.(state)
  }
}

function lost(message: string): GlowcastClientError {
  return clientError('connection_lost', message, { retryable: true })
}
