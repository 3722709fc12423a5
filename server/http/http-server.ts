import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ApiError } from '../operations/api-error.js'
import { errorBody, statusOf } from '../operations/http-errors.js'
import type { ServerLimits } from '../operations/limits.js'
import { clientShare } from '../synthesis/admission.js'
import { networkOf } from '../websocket/remote-address.js'
import { holdBody } from './continue.js'
import type { RequestRate } from './request-rate.js'

/** A client that sends no whole header for so long is cut, as is one that sends nothing at all. */
const headersMs = 15_000
const checkingMs = 5000
/** Connections besides those of the sockets: requests, and those that have sent nothing yet. */
const otherConnections = 500

type HttpLimits = Pick<ServerLimits, 'sockets'> & { readonly trustedProxies: number }

/**
 * The HTTP server of its own process, in which no client takes all connections.
 *
 * @param others connections besides those of the sockets
 */
export function createHttpServer({ sockets, trustedProxies }: HttpLimits, others = otherConnections): Server {
  const server = createServer({ headersTimeout: headersMs, connectionsCheckingInterval: checkingMs })
  server.maxConnections = sockets + others
  // Behind a proxy all come from one address.
  if (trustedProxies === 0) shareConnections(server, Math.ceil(clientShare * server.maxConnections))
  return server
}

/** Answers requests, no faster than each client may make them: what is more is refused before any work for it. */
export function serveRequests(server: Server, listener: RequestListener, rate: RequestRate): void {
  const paced: RequestListener = (request, response) => {
    // Behind one that was refused, in the same packet.
    if (request.socket.destroyed || request.socket.writableEnded) return
    const refusal = rate.refusal(request)
    if (refusal === undefined) listener(request, response)
    else if (response.socket !== null) refuse(response, refusal)
    // Sent without waiting for an answer: a flood.
    else request.socket.destroy()
  }
  server.on('request', paced)
  server.on('checkContinue', holdBody(paced))
}

/** Answers at once, and closes. */
export function refuse(response: ServerResponse, error: ApiError): void {
  const { retryAfterMs } = error.details
  response.writeHead(statusOf(error), {
    'Content-Type': 'application/json; charset=utf-8',
    Connection: 'close',
    ...(retryAfterMs === undefined ? {} : { 'Retry-After': `${Math.ceil(retryAfterMs / 1000)}` }),
  })
  response.end(JSON.stringify(errorBody(error)))
}

function shareConnections(server: Server, most: number): void {
  const counts = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const name = networkOf(socket.remoteAddress ?? '')
    const count = counts.get(name) ?? 0
    if (count >= most) {
      socket.destroy()
      return
    }
    counts.set(name, count + 1)
    socket.once('close', () => {
      const left = counts.get(name)! - 1
      if (left === 0) counts.delete(name)
      else counts.set(name, left)
    })
  })
}
