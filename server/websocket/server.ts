import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { subprotocol } from '../../src/protocol/messages.js'
import { ApiError, apiErrorOf, clientLimit, internal } from '../operations/api-error.js'
import { type Auth, checkSubprotocol } from '../operations/auth.js'
import { errorBody, statusOf } from '../operations/http-errors.js'
import type { SessionContext } from '../streams/context.js'
import { clientShare } from '../synthesis/admission.js'
import type { Client } from './clients.js'
import { type UpgradeListener, warnOfOtherListeners } from './other-listeners.js'
import { SocketSession } from './session.js'
import { TurningAway } from './turn-away.js'
import { upgradePath } from './upgrade-target.js'

/**
 * A message in more fragments is none that a client or a proxy sends: 64 of them are 16 KiB each. All of a message are
 * parsed in one turn of the loop, and count as one message.
 */
const maxFragments = 64
/** Characters of a wrong path that are reported. */
const maxPathShown = 200
/** Sockets that have not answered the closing handshake by then are cut. */
const closingMs = 1000

/** The WebSocket endpoint: checks upgrade requests, and holds the sessions. */
export class SocketServer {
  private readonly sessions = new Set<SocketSession>()
  private readonly server: WebSocketServer
  private readonly waiting: (() => void)[] = []
  private readonly turningAway: TurningAway

  constructor(
    private readonly context: SessionContext,
    private readonly auth: Auth,
  ) {
    this.server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: context.limits.messageBytes,
      maxFragments: maxFragments,
      handleProtocols: () => subprotocol,
      // By the session, which bounds what waits for a client that pings and does not read.
      autoPong: false,
    })
    this.turningAway = new TurningAway(this.server)
  }

  get size(): number {
    return this.sessions.size
  }

  get waitingBytes(): number {
    let bytes = 0
    for (const session of this.sessions) bytes += session.waitingBytes
    return bytes
  }

  /** Serves upgrade requests for `path`; those for other paths are left to whoever else listens. */
  attach(httpServer: Server, path: string): void {
    const listener: UpgradeListener = (request, socket, head) => {
      this.containTo(socket, () => {
        const apiError = targetError(request, path)
        if (apiError === undefined) this.upgrade(request, socket, head)
        // Nobody can serve a target that is no path.
        else if (apiError.code !== 'not_found' || httpServer.listenerCount('upgrade') === 1) {
          this.outlive(socket)
          refuse(socket, apiError)
        }
      })
    }
    warnOfOtherListeners(httpServer, { listener, path, log: this.context.log })
    httpServer.on('upgrade', listener)
  }

  /** Tells every client, and waits until the last connection is closed, at most `drainMs`. */
  async drain(drainMs: number): Promise<void> {
    for (const session of [...this.sessions]) session.drain(drainMs)
    await this.emptyWithin(drainMs)
    for (const session of [...this.sessions]) session.finish()
    await this.emptyWithin(closingMs)
    for (const session of [...this.sessions]) session.terminate()
  }

  private async emptyWithin(ms: number): Promise<void> {
    if (this.sessions.size === 0) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.waiting.push(resolve)
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { log, metrics } = this.context
    this.outlive(socket)
    if (socket.destroyed || socket.writableEnded) {
      log.warn('another listener has answered an upgrade request of ours: it needs noServer')
      return
    }
    const { clients } = this.context
    const client = clients.of(request)
    try {
      this.check(request, client)
    } catch (error) {
      const apiError = apiErrorOf(error)
      if (apiError === undefined) log.error({ err: error }, 'internal error')
      const reported = apiError ?? internal()
      metrics.refused(reported.code)
      log.info({ code: reported.code }, 'refused a connection')
      if (!this.turningAway.take(request, socket, head, reported)) refuse(socket, reported)
      return
    }
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      const release = clients.acquire(client)
      const session = new SocketSession(webSocket, socket, this.context, client, () => {
        release()
        this.sessions.delete(session)
        if (this.sessions.size === 0) for (const resolve of this.waiting.splice(0)) resolve()
      })
      this.sessions.add(session)
    })
  }

  /** A client may hang up while it is being refused. */
  private outlive(socket: Duplex): void {
    socket.on('error', (error) => {
      this.context.log.debug({ error: error.message }, 'upgrade request broke off')
    })
  }

  /** A mistake of our own costs this socket, and neither the server nor the application around it. */
  private containTo(socket: Duplex, action: () => void): void {
    try {
      action()
    } catch (error) {
      this.context.log.error({ err: error }, 'internal error')
      socket.destroy()
    }
  }

  /** @throws ApiError */
  private check(request: IncomingMessage, client: Client): void {
    const { admission, limits, requests } = this.context
    const flood = requests.refusal(request)
    if (flood !== undefined) throw flood
    this.auth.checkOrigin(request)
    this.auth.checkToken(request)
    checkSubprotocol(request)
    const refusal = admission.refusal()
    if (refusal !== undefined) throw refusal
    if (this.sessions.size >= limits.sockets) {
      throw new ApiError('overloaded', `all ${limits.sockets} connections are taken; try again later`, {
        retryAfterMs: 2000,
      })
    }
    const most = client.hasToken ? limits.sockets : Math.ceil(clientShare * limits.sockets)
    if (client.sockets >= most) {
      throw clientLimit(`connections: got one more than the ${client.sockets} of this client`, most)
    }
  }
}

/** Why a request is not for us; undefined when it is. */
function targetError({ url }: IncomingMessage, path: string): ApiError | undefined {
  const got = upgradePath(url)
  if (got === path) return undefined
  const message = `path: got ${(url ?? '').slice(0, maxPathShown)}, expected ${path}`
  return new ApiError(got === undefined ? 'invalid_message' : 'not_found', message, { field: 'path' })
}

/** Answers an upgrade request over HTTP, and closes. */
function refuse(socket: Duplex, apiError: ApiError): void {
  const status = statusOf(apiError)
  const body = JSON.stringify(errorBody(apiError))
  const { retryAfterMs } = apiError.details
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfterMs === undefined ? [] : [`Retry-After: ${Math.ceil(retryAfterMs / 1000)}`]),
    ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
