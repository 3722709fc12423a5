import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { subprotocol } from '../src/protocol.js'
import { type Auth, checkSubprotocol } from './auth.js'
import { errorBody, statusOf } from './http-errors.js'
import { Problem, problemOf } from './problem.js'
import { type SessionContext, SocketSession } from './socket-session.js'
import { TurningAway } from './websocket/turn-away.js'

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
      handleProtocols: () => subprotocol,
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
    httpServer.on('upgrade', (request, socket: Duplex, head) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      if (pathname === path) this.upgrade(request, socket, head)
      else if (httpServer.listenerCount('upgrade') === 1) {
        refuse(socket, new Problem('not_found', `path: got ${pathname}, expected ${path}`, { field: 'path' }))
      }
    })
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
    // A client may hang up while it is being refused.
    socket.on('error', (error) => log.debug({ error: error.message }, 'upgrade request broke off'))
    try {
      this.check(request)
    } catch (error) {
      const problem = problemOf(error)
      if (problem === undefined) log.error({ err: error }, 'internal error')
      const told = problem ?? new Problem('internal', 'a mistake of the server')
      metrics.refused(told.code)
      log.info({ code: told.code }, 'refused a connection')
      if (!this.turningAway.take(request, socket, head, told)) refuse(socket, told)
      return
    }
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      const session = new SocketSession(webSocket, this.context, () => {
        this.sessions.delete(session)
        if (this.sessions.size === 0) for (const resolve of this.waiting.splice(0)) resolve()
      })
      this.sessions.add(session)
    })
  }

  /** @throws Problem */
  private check(request: IncomingMessage): void {
    const { admission, limits } = this.context
    this.auth.checkOrigin(request)
    this.auth.checkToken(request)
    checkSubprotocol(request)
    const refusal = admission.refusal()
    if (refusal !== undefined) throw refusal
    if (this.sessions.size >= limits.sockets) {
      throw new Problem('overloaded', `all ${limits.sockets} connections are taken; try again later`, {
        retryAfterMs: 2000,
      })
    }
  }
}

/** Answers an upgrade request over HTTP, and closes. */
function refuse(socket: Duplex, problem: Problem): void {
  const status = statusOf(problem)
  const body = JSON.stringify(errorBody(problem))
  const { retryAfterMs } = problem.details
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
