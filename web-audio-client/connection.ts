import {
  type ClientMessage,
  decodeMedia,
  encodeMedia,
  type MediaFrame,
  type MediaHeader,
  mediaTypes,
  type ServerMessage,
} from '../src/protocol.js'
import { Deferred } from './deferred.js'
import { clientError, type GlowcastClientError } from './errors.js'
import { parseServerMessage } from './server-messages.js'
import type { Socket } from './socket.js'

export type Ready = Extract<ServerMessage, { type: 'ready' }>

export interface ConnectionEvents {
  message(message: Exclude<ServerMessage, { type: 'ready' }>): void
  pcm(frame: MediaFrame): void
}

/** Close codes after which a new attempt would fare the same. */
const finalCloseCodes = [1002, 1003, 1007, 1008, 1009, 1010]

/** One WebSocket, from its handshake to its end. */
export class Connection {
  private readonly readyOrLost = new Deferred<Ready>()
  private readonly lost = new Deferred<GlowcastClientError>()
  private isLost = false
  private explanation: GlowcastClientError | undefined
  /** When the server was last heard, ms of `performance.now()`. */
  heardAt = performance.now()

  constructor(
    private readonly socket: Socket,
    private readonly events: ConnectionEvents,
  ) {
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('message', ({ data }) => this.receive(data))
    socket.addEventListener('close', ({ code, reason }) =>
      this.lose(this.explanation ?? closeError(code, reason)),
    )
    // A close event follows, and says as much as a page may know.
    socket.addEventListener('error', () => undefined)
  }

  /** Settles with the server's first message, or rejects when there is no connection. */
  get ready(): Promise<Ready> {
    return this.readyOrLost.promise
  }

  /** Resolves with the reason when the connection is gone. */
  get gone(): Promise<GlowcastClientError> {
    return this.lost.promise
  }

  send(message: ClientMessage): void {
    this.socket.send(JSON.stringify(message))
  }

  sendMedia(header: MediaHeader, payload: Uint8Array): void {
    this.socket.send(encodeMedia(header, payload))
  }

  /** What the server said of the whole connection: more than the code that it then closes with. */
  explain(reason: GlowcastClientError): void {
    this.explanation = reason
  }

  /** Ends the connection now, without waiting for the server's answer, which may never come. */
  drop(reason: GlowcastClientError): void {
    this.lose(reason)
    this.socket.close()
  }

  private receive(data: unknown): void {
    if (this.isLost) return
    this.heardAt = performance.now()
    try {
      if (typeof data === 'string') this.receiveText(data)
      else this.receiveMedia(data)
    } catch (error) {
      this.drop(clientError('protocol_violation', error instanceof Error ? error.message : `${error}`))
    }
  }

  private receiveText(text: string): void {
    const message = parseServerMessage(text)
    if (message.type === 'ready') this.readyOrLost.resolve(message)
    else this.events.message(message)
  }

  private receiveMedia(data: unknown): void {
    const frame = data instanceof ArrayBuffer ? decodeMedia(new Uint8Array(data)) : undefined
    if (frame?.type !== mediaTypes.pcm) throw new Error('media: got bytes that are no PCM frame')
    this.events.pcm(frame)
  }

  private lose(reason: GlowcastClientError): void {
    if (this.isLost) return
    this.isLost = true
    this.readyOrLost.reject(reason)
    this.lost.resolve(reason)
  }
}

function closeError(code: number, reason: string): GlowcastClientError {
  const words = reason === '' ? '' : `: ${reason}`
  if (finalCloseCodes.includes(code)) {
    return clientError('connection_failed', `The server closed the connection (${code})${words}`)
  }
  return clientError('connection_lost', `The connection was lost (${code})${words}`, { retryable: true })
}
