import {
  type ClientMessage,
  decodeMedia,
  encodeMedia,
  type MediaFrame,
  type MediaHeader,
  mediaTypes,
  type ServerMessage,
} from '../../src/protocol/messages.js'
import { Deferred } from './deferred.js'
import { closeError, refusalOf } from './end-of-connection.js'
import { clientError, type GlowcastClientError } from './errors.js'
import { parseServerMessage } from './server-messages.js'
import type { Socket } from './socket.js'

export type Ready = Extract<ServerMessage, { type: 'ready' }>

export interface ConnectionEvents {
  message(message: Exclude<ServerMessage, { type: 'ready' }>): void
  pcm(frame: MediaFrame): void
}

/** One WebSocket, from its handshake to its end. */
export class Connection {
  private readonly readyOrLost = new Deferred<Ready>()
  private readonly lost = new Deferred<GlowcastClientError>()
  private isLost = false
  private wasReady = false
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
      this.lose(this.explanation ?? closeError(code, reason, this.wasReady)),
    )
    // A close event follows.
    socket.addEventListener('error', (event) => {
      this.explanation ??= refusalOf(event)
    })
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
    if (message.type === 'ready') {
      this.wasReady = true
      this.readyOrLost.resolve(message)
    } else this.events.message(message)
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
