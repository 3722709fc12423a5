import type { MediaFrame } from '../src/protocol/messages.js'
import { Backoff, type ReconnectOptions } from './connection/backoff.js'
import { Connection, type Ready } from './connection/connection.js'
import type { ConnectionState } from './connection/connection-state.js'
import { Deferred } from './connection/deferred.js'
import { Dialer, type DialOptions } from './connection/dialer.js'
import { assertObject, clientError, GlowcastClientError, refuseArgument } from './connection/errors.js'
import { assertMs } from './connection/require-count.js'
import { rest } from './connection/rest.js'
import { TypedEvents } from './events.js'
import { cancelOn, orAborted } from './streams/abort.js'
import type { ClientStream, StreamHost, StreamMessage } from './streams/resumable-stream.js'
import { checkScoringOptions, type ScoringOptions } from './streams/scoring/options.js'
import { ScoringStream } from './streams/scoring/stream.js'
import { checkStreamOptions, type StreamOptions } from './streams/synthesis/options.js'
import { GlowcastStream } from './streams/synthesis/stream.js'

export interface ClientOptions extends DialOptions {
  readonly reconnect?: ReconnectOptions
  /** A server that owes an answer and is not heard for so long counts as lost. At least 100; default 15,000. */
  readonly silenceMs?: number
  /** A connection on which the server has said nothing for so long counts as failed. At least 100; default 10,000. */
  readonly handshakeMs?: number
  /** As the event `statechange`. */
  readonly onState?: (state: ConnectionState) => void
}

export interface ClientEvents {
  statechange: ConnectionState
}

/** Silence of a server that owes an answer after which the state is `stalled`. */
const stalledMs = 3000
/** How often the server's silence is looked at. */
const watchMs = 500

/**
 * A connection to a Glowcast server, made when it is needed and made anew, with growing waits, when it is lost while
 * streams are open. Page or Node; no globals but WebSocket, timers and `performance`.
 */
export class GlowcastClient extends TypedEvents<ClientEvents> {
  private readonly streams = new Map<number, ClientStream>()
  private readonly backoff: Backoff
  private nextNumber = 0
  private current: ConnectionState = { name: 'idle' }
  private connection: Connection | undefined
  private running = false
  private wanted: Deferred<Ready> | undefined
  /** How many wait for it. */
  private waiting = 0
  private readonly dialer: Dialer
  private readonly closing = new AbortController()
  private readonly silenceMs: number
  private readonly handshakeMs: number

  /** @throws GlowcastClientError invalid_argument */
  constructor(options: ClientOptions) {
    super()
    assertObject('options', options, '{ url }')
    const { silenceMs = 15_000, handshakeMs = 10_000 } = options
    assertMs('silenceMs', silenceMs, 100)
    assertMs('handshakeMs', handshakeMs, 100)
    this.silenceMs = silenceMs
    this.handshakeMs = handshakeMs
    this.dialer = new Dialer(options)
    this.backoff = new Backoff(options.reconnect)
    const { onState } = options
    if (onState !== undefined) this.addEventListener('statechange', ({ detail }) => onState(detail))
  }

  get state(): ConnectionState {
    return this.current
  }

  /**
   * Resolves with the server's limits and models once connected; `open` connects by itself.
   *
   * In a page it waits for as long as it takes; `signal` bounds the wait. When nobody waits any more and no stream is
   * open, no further attempt is made.
   *
   * @throws GlowcastClientError `unauthorized`, `forbidden` and whatever else does not heal, at once;
   *   connection_failed when attempts are used up; closed; or the signal's reason
   */
  connect({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Ready> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.current.name === 'closed') return Promise.reject(this.current.reason)
    if (this.ready !== undefined) return Promise.resolve(this.ready)
    this.wanted ??= new Deferred()
    const { promise } = this.wanted
    this.waiting += 1
    this.start()
    return signal === undefined ? promise : orAborted(promise, signal, () => this.stopWaiting(promise))
  }

  /**
   * Opens a stream; it may be written to at once. Whether the server takes it, its `opened` tells.
   *
   * @throws GlowcastClientError invalid_argument, closed; the signal's reason
   */
  open(options: StreamOptions): GlowcastStream {
    const checked = checkStreamOptions(options)
    return this.begin((number, host) => new GlowcastStream(number, checked, host), checked.signal)
  }

  /**
   * Opens a scoring stream; it may be written to at once. Whether the server takes it, its `opened` tells.
   *
   * @throws GlowcastClientError invalid_argument, closed; the signal's reason
   */
  score(options: ScoringOptions): ScoringStream {
    const checked = checkScoringOptions(options)
    return this.begin((number, host) => new ScoringStream(number, checked, host), checked.signal)
  }

  /** Ends the connection and all streams, which fail with `closed`. */
  close(): void {
    this.end(clientError('closed', 'The client was closed'))
  }

  /** One of those who wait gave up; the last one's attempts are of no use to anybody. */
  private stopWaiting(promise: Promise<Ready>): void {
    if (this.wanted?.promise !== promise || --this.waiting > 0) return
    this.wanted = undefined
  }

  private begin<S extends ClientStream>(
    make: (number: number, host: StreamHost) => S,
    signal: AbortSignal | undefined,
  ): S {
    if (this.current.name === 'closed') throw this.current.reason
    signal?.throwIfAborted()
    const most = this.ready?.limits.streamsPerSocket ?? Number.POSITIVE_INFINITY
    if (this.streams.size >= most) {
      refuseArgument('streams', `${this.streams.size + 1} at a time`, `at most ${most}`)
    }
    const stream = make(this.freeNumber(), {
      forget: (gone) => this.forget(gone),
      reopenLater: (lost, minMs) => void setTimeout(() => this.attach(lost), minMs),
    })
    this.streams.set(stream.number, stream)
    this.attach(stream)
    this.start()
    if (signal !== undefined) cancelOn(signal, stream)
    return stream
  }

  /** Opens the stream now, or leaves it to the next connection. */
  private attach(stream: ClientStream): void {
    const { ready, connection } = this
    if (ready === undefined || connection === undefined) return
    if (this.streams.get(stream.number) !== stream || stream.isAttached) return
    stream.attach(connection, ready)
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
      const isFull = reason.retryAfterMs !== undefined
      const retryInMs = isFull ? this.backoff.postponed(reason.retryAfterMs) : this.backoff.failed()
      if (retryInMs === undefined) {
        return this.end(clientError('connection_failed', `${reason.message}; no more attempts are made`))
      }
      this.change({ name: 'waiting', retryInMs, reason })
      const { signal } = this.closing
      await rest(retryInMs, { early: !isFull, untilSeen: this.backoff.isTired, signal })
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
      const socket = await this.dialer.dial()
      if (this.state.name === 'closed') {
        socket.close()
        return this.state.reason
      }
      const connection = new Connection(socket, {
        message: (message) => this.receive(message),
        pcm: (frame) => this.receivePcm(frame),
      })
      this.connection = connection
      handshake = setTimeout(() => connection.drop(lost('The server did not answer')), this.handshakeMs)
      const ready = await connection.ready
      clearTimeout(handshake)
      watch = setInterval(() => this.checkHeard(connection), watchMs)
      this.becomeReady(ready)
      return await connection.gone
    } catch (error) {
      return error instanceof GlowcastClientError ? error : clientError('connection_failed', `${error}`)
    } finally {
      clearTimeout(handshake)
      clearInterval(watch)
      this.connection = undefined
    }
  }

  private becomeReady(ready: Ready): void {
    this.backoff.succeeded()
    this.change({ name: 'ready', ready })
    this.wanted?.resolve(ready)
    this.wanted = undefined
    this.waiting = 0
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
    const { ready } = this
    const silentMs = performance.now() - connection.heardAt
    const awaited = [...this.streams.values()].some((stream) => stream.awaitsServer)
    if (awaited && silentMs > this.silenceMs) {
      connection.drop(lost(`The server was not heard for ${Math.round(silentMs / 1000)} s`))
    }
    if (ready === undefined || this.connection !== connection) return
    const name = awaited && silentMs > stalledMs ? 'stalled' : 'ready'
    if (name !== this.current.name) this.change({ name, ready })
  }

  /** What the server that answers now can do; undefined without one. */
  private get ready(): Ready | undefined {
    const { current } = this
    return current.name === 'ready' || current.name === 'stalled' ? current.ready : undefined
  }

  private end(reason: GlowcastClientError): void {
    if (this.current.name === 'closed') return
    this.change({ name: 'closed', reason })
    for (const stream of [...this.streams.values()]) stream.fail(reason)
    this.wanted?.reject(reason)
    this.connection?.drop(reason)
    this.closing.abort()
  }

  private change(state: ConnectionState): void {
    this.current = state
    this.emit('statechange', state)
  }
}

function lost(message: string): GlowcastClientError {
  return clientError('connection_lost', message, { retryable: true })
}
