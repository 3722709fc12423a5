import type { Duplex } from 'node:stream'
import type { RawData, WebSocket } from 'ws'
import { type ClientMessage, closeCodes, type ServerMessage } from '../../src/protocol/messages.js'
import { ApiError, apiErrorOf, fieldError, internal } from '../operations/api-error.js'
import type { SessionContext } from '../streams/context.js'
import { clientMedia } from '../streams/media-order.js'
import { type OpeningMessage, openingOf } from '../streams/openings.js'
import type { OpenStream, StreamOutput } from '../streams/output.js'
import { RecentNumbers } from '../streams/recent-numbers.js'
import type { Payer } from '../synthesis/backend.js'
import { parseClientMessage } from './client-messages.js'
import { type Client, partOfClient } from './clients.js'
import { SocketOutlet } from './outlet.js'
import { readyMessage } from './ready-message.js'
import { Throttle } from './throttle.js'
import { Traffic } from './traffic.js'
import { Turns } from './turns.js'

/** Streams share the bytes that a socket may have waiting; few of them do not get more than a part of it. */
const windowParts = 4
/** What a client whose connection is broken off may take to answer. */
const closingMs = 2000
const bytesPerSample = 4

/** Names connections to those who share the machine out among them. */
let connections = 0

/** One WebSocket connection: its streams, and what guards the server against it. */
export class SocketSession {
  private readonly outlet: SocketOutlet
  private readonly streams = new Map<number, OpenStream>()
  private readonly recent = new RecentNumbers()
  private readonly turns: Turns
  private readonly throttle: Throttle
  private readonly payer: Payer
  private readonly timers: NodeJS.Timeout[]
  private alive = true
  private broken = 0
  private activeAt = performance.now()

  /** @param connection below the socket */
  constructor(
    private readonly socket: WebSocket,
    connection: Duplex,
    private readonly context: SessionContext,
    private readonly client: Client,
    private readonly onClosed: () => void,
  ) {
    const { limits, log } = context
    this.outlet = new SocketOutlet(socket, connection, limits, (waitingBytes) => {
      log.warn({ waitingBytes }, 'terminated a client that does not read')
    })
    this.payer = { client: client.name, connection: `${connections++}` }
    this.turns = new Turns(socket)
    const traffic = [new Traffic(limits), client.traffic, partOfClient(limits, client)] as const
    this.throttle = new Throttle(this.turns, ...traffic, (apiError) => {
      this.send({ type: 'error', ...apiError.toProtocol() })
    })
    socket.on('message', (data, isBinary) => {
      this.heard((data as Buffer).length, () => this.receive(data, isBinary))
    })
    socket.on('ping', (data) => this.heard(data.length, () => this.outlet.pong(data)))
    socket.on('pong', (data) => this.heard(data.length))
    // ws closes the connection with the fitting code.
    socket.on('error', (error) => log.info({ error: error.message }, 'connection broke'))
    socket.on('close', (code) => this.closed(code))
    this.timers = [
      setInterval(() => this.guard(() => this.heartbeat()), limits.heartbeatMs),
      setInterval(() => this.guard(() => this.checkIdle()), limits.idleMs / 4),
    ]
    this.outlet.send(readyMessage(context))
  }

  get waitingBytes(): number {
    return this.outlet.waitingBytes
  }

  /** Tells the client that the server will stop; the connection closes once its streams have ended. */
  drain(closesInMs: number): void {
    this.guard(() => {
      this.send({ type: 'draining', closesInMs })
      this.closeIfDrained()
    })
  }

  /** Ends what is still open, with the last sample of each stream, and closes. */
  finish(): void {
    for (const stream of [...this.streams.values()]) {
      this.guard(() => stream.fail(new ApiError('draining', 'the server stops', { retryAfterMs: 1000 })))
    }
    this.socket.close(closeCodes.goingAway, 'the server stops')
  }

  terminate(): void {
    this.socket.terminate()
  }

  /** Something came, whatever it is: its sender is alive. */
  private heard(bytes: number, handle = () => {}): void {
    this.alive = true
    this.turns.add(() => {
      // What comes behind our own close is not looked at any more.
      if (this.socket.readyState !== this.socket.OPEN) return
      this.guard(() => this.throttle.message(bytes))
      this.guard(handle)
    })
  }

  private receive(data: RawData, isBinary: boolean): void {
    this.activeAt = performance.now()
    if (isBinary) this.receiveMedia(data as Buffer)
    else this.receiveText(data.toString())
  }

  private receiveText(text: string): void {
    const parsed = parseClientMessage(text)
    if ('wrong' in parsed) {
      const { field, message, stream } = parsed.wrong
      this.refuse(new ApiError('invalid_message', message, { field }), stream)
      return
    }
    const { message } = parsed
    try {
      if (message.type === 'open' || message.type === 'score') this.open(message)
      else this.control(message)
    } catch (error) {
      if (message.type === 'open' || message.type === 'score') this.recent.add(message.stream)
      this.refuse(error, message.stream)
    }
  }

  private receiveMedia(bytes: Buffer): void {
    let id: number | undefined
    try {
      const frame = clientMedia(bytes)
      id = frame.stream
      this.find(id)?.media(frame)
    } catch (error) {
      this.refuse(error, id)
    }
  }

  private control(message: Exclude<ClientMessage, OpeningMessage>): void {
    const stream = this.find(message.stream)
    if (stream === undefined) return
    if (message.type === 'credit') stream.grant(message.samples)
    else if (message.type === 'cancel') stream.cancel()
    else stream.flush(message.type === 'end')
  }

  private open(message: OpeningMessage): void {
    const { limits, admission, metrics } = this.context
    const id = message.stream
    this.throttle.open()
    if (this.streams.has(id)) {
      // Without the stream's number: an error with it would end the one that is open.
      const apiError = fieldError('stream_exists', 'stream', `${id}, which is open`, 'another')
      this.refuse(apiError)
      return
    }
    const { permits, create, answer } = openingOf(message, this.context)
    if (this.streams.size >= limits.streamsPerSocket) {
      throw fieldError('limit_exceeded', message.type, 'one more', `at most ${this.streams.size}`, 'stream')
    }
    const refusal = admission.refusal(permits, this.client)
    if (refusal !== undefined) {
      metrics.refused(refusal.code)
      this.send({ type: 'error', stream: id, ...refusal.toProtocol() })
      this.recent.add(id)
      return
    }
    const release = admission.acquire(permits, this.client)
    try {
      this.streams.set(id, create(this.outputOf(id, release)))
    } catch (error) {
      release()
      throw error
    }
    this.recent.delete(id)
    if (answer !== undefined) this.send(answer)
  }

  private outputOf(id: number, release: () => void): StreamOutput {
    const { limits, metrics, admission } = this.context
    return {
      limits,
      payer: this.payer,
      send: (message, written) => this.send(message, written && (() => this.guard(written))),
      sendMedia: (bytes, written) => this.outlet.sendMedia(bytes, () => this.guard(written)),
      guard: (action) => this.guard(action),
      window: () =>
        Math.floor(limits.queuedBytes / bytesPerSample / Math.max(windowParts, this.streams.size)),
      firstAudio: (ttfaMs) => metrics.firstAudio(ttfaMs),
      sent: (samples) => metrics.sent(samples),
      ranLate() {
        metrics.ranLate()
        admission.ranLate()
      },
      scored: (seconds) => metrics.scored(seconds),
      decided: (decision) => metrics.decided(decision),
      drifted: () => metrics.drifted(),
      closed: (outcome, totals) => {
        metrics.streamEnded(outcome, totals)
        this.streams.delete(id)
        this.recent.add(id)
        this.closeIfDrained()
      },
      freed: release,
    }
  }

  /** The stream, or undefined when the client could not know that it has ended. @throws ApiError unknown_stream */
  private find(id: number): OpenStream | undefined {
    const stream = this.streams.get(id)
    if (stream !== undefined || this.recent.has(id)) return stream
    throw fieldError('unknown_stream', 'stream', `${id}, which is not open`, 'an open one')
  }

  private send(message: ServerMessage, written?: () => void): void {
    if (message.type === 'error') this.context.metrics.error(message.code)
    this.outlet.send(message, written)
  }

  /** Tells what is wrong; the stream that is meant is over. Who does nothing else is shown the door. */
  private refuse(error: unknown, id?: number): void {
    const apiError = apiErrorOf(error)
    if (apiError === undefined) throw error
    const stream = id === undefined ? undefined : this.streams.get(id)
    if (stream !== undefined) stream.fail(apiError)
    else this.send({ type: 'error', ...(id === undefined ? {} : { stream: id }), ...apiError.toProtocol() })
    this.broken += 1
    if (this.broken >= this.context.limits.brokenMessages) {
      this.shut(closeCodes.policy, 'too many messages that break the protocol')
    }
  }

  /** A mistake of our own costs this connection, and no other. */
  private guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.context.log.error({ err: error }, 'internal error')
      this.send({ type: 'error', ...internal().toProtocol() })
      this.shut(closeCodes.internal, 'a mistake of the server')
    }
  }

  /** Closes in the middle of things: nothing more is made for the streams, and the answer is not waited for long. */
  private shut(code: number, reason: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return
    this.socket.close(code, reason)
    this.timers.push(setTimeout(() => this.socket.terminate(), closingMs))
    this.dropStreams()
  }

  private dropStreams(): void {
    for (const stream of [...this.streams.values()]) this.guard(() => stream.drop())
  }

  private heartbeat(): void {
    // What a client that is not read has answered is not heard.
    if (!this.alive && !this.throttle.isPaused) {
      this.context.log.info('terminated a client that does not answer pings')
      this.socket.terminate()
      return
    }
    this.alive = false
    this.outlet.ping()
  }

  private checkIdle(): void {
    const before = performance.now() - this.context.limits.idleMs
    for (const stream of [...this.streams.values()]) {
      if (stream.activeAt < before) stream.fail(new ApiError('idle', 'the client was silent for too long'))
    }
    if (this.streams.size === 0 && this.activeAt < before) this.socket.close(closeCodes.idle, 'idle')
  }

  private closeIfDrained(): void {
    if (this.context.admission.isDraining && this.streams.size === 0) {
      this.socket.close(closeCodes.goingAway, 'the server stops')
    }
  }

  private closed(code: number): void {
    this.context.log.debug({ code, streams: this.streams.size }, 'connection closed')
    this.outlet.stop()
    this.throttle.stop()
    this.turns.stop()
    for (const timer of this.timers) clearInterval(timer)
    this.dropStreams()
    this.onClosed()
  }
}
