import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'
import { isHeld } from '../http/continue.js'

/** A body that is no longer than this is read off, so that its connection can be used again. */
const shortBytes = 64 * 1024
/** Of a longer one so much is read, since a client that is cut off while it sends may not see the answer. */
const lingeringBytes = 1 << 20
const lingeringMs = 1000

/** Whether more of a request's body is to come than is worth reading. */
export function hasLongRest(request: IncomingMessage): boolean {
  const { complete, headers } = request
  if (complete || isHeld(request)) return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > shortBytes
}

/**
 * Sends a whole answer to a request whose body is not read, and closes the connection: a moment later, in which a
 * little is read off, as bytes that nobody reads take the answer with them.
 */
export function answerAndClose(request: IncomingMessage, response: ServerResponse, body: string): void {
  response.setHeader('Connection', 'close')
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.write(body)
  let read = 0
  request.on('data', (part: Uint8Array) => {
    read += part.length
    if (read > lingeringBytes) request.pause()
  })
  // Whoever read a part of it has paused it.
  request.resume()
  const close = () => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(close, lingeringMs)
  request.once('end', close).once('close', () => clearTimeout(timer))
}

/** Cuts connections on which a body still comes when its answer has long been sent. */
export const cutUnreadBodies: RequestHandler = (request, response, next) => {
  response.once('finish', () => {
    if (!hasLongRest(request)) return
    setTimeout(() => {
      if (!request.complete) request.socket.destroy()
    }, lingeringMs).unref()
  })
  next()
}
