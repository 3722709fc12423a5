import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import { closeCodes, subprotocol } from '../../src/protocol/messages.js'
import type { ApiError } from '../operations/api-error.js'
import { offeredProtocols, tokenSubprotocol } from '../operations/auth.js'

/** Sockets that have not answered the closing handshake by then are cut. */
const closingMs = 1000
/** Connections that are being turned away at a time; beyond that the answer is HTTP, and no connection. */
const maxAtOnce = 64
/** Of what such a connection sends: a page has little under way when it hears that it may not connect. */
const maxHeard = 256

const codes: Partial<Record<ApiError['code'], number>> = {
  unauthorized: closeCodes.unauthorized,
  forbidden: closeCodes.forbidden,
  overloaded: closeCodes.tryAgainLater,
  client_limit: closeCodes.tryAgainLater,
  draining: closeCodes.tryAgainLater,
}

/**
 * Refusals for browsers. A page is not shown the HTTP answer to an upgrade, so its connection is accepted, told why in
 * one `error`, and closed with a code that says the same. No session is made for it, and what it sends is discarded.
 */
export class TurningAway {
  private count = 0

  constructor(private readonly server: WebSocketServer) {}

  /** @returns whether the connection was taken; false: refuse it over HTTP */
  take(request: IncomingMessage, socket: Duplex, head: Buffer, apiError: ApiError): boolean {
    const code = codes[apiError.code]
    if (code === undefined || !isFromPage(request) || this.count >= maxAtOnce) return false
    this.count += 1
    socket.once('close', () => {
      this.count -= 1
    })
    this.server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => webSocket.terminate())
      let heard = 0
      const hear = () => {
        heard += 1
        if (heard > maxHeard) webSocket.terminate()
      }
      webSocket.on('message', hear).on('ping', hear).on('pong', hear)
      webSocket.send(JSON.stringify({ type: 'error', ...apiError.toProtocol() }))
      webSocket.close(code, apiError.code)
      setTimeout(() => webSocket.terminate(), closingMs).unref()
    })
    return true
  }
}

/** Whether the client is a page, or a program whose WebSocket can set headers as little as a page's. */
function isFromPage(request: IncomingMessage): boolean {
  const offered = offeredProtocols(request)
  if (!offered.includes(subprotocol)) return false
  return request.headers.origin !== undefined || offered.some((entry) => entry.startsWith(tokenSubprotocol))
}
