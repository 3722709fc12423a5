import { on, once } from 'node:events'
import type { WebSocket } from 'ws'
import { GlowcastError, thrownError } from '../../errors.js'
import { failed } from './failed.js'
import { maxBytes, type Piece, parseJson, partOfJson, type SpeechRequest, type Transport } from './pieces.js'
import { StallGuard } from './stall-guard.js'

const normalEnd = 1000
/** Messages that are held before the service has to wait. */
const maxHeld = 16

/** A service that says what it is when somebody connects, then takes one request and closes behind its last frames. */
export class SocketTransport implements Transport {
  constructor(
    private readonly address: URL,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly stallMs: number,
  ) {}

  async describe(signal: AbortSignal): Promise<unknown> {
    const connection = await this.connect(signal)
    try {
      return await connection.description()
    } finally {
      connection.end()
    }
  }

  async *speak(request: SpeechRequest, melBands: number, signal: AbortSignal): AsyncGenerator<Piece> {
    const connection = await this.connect(signal)
    try {
      await connection.description()
      connection.send(request)
      for await (const message of connection.messages()) {
        yield typeof message === 'string' ? partOfJson(parseJson(message), melBands) : message
      }
    } finally {
      connection.end()
    }
  }

  private async connect(signal: AbortSignal): Promise<Connection> {
    // Only who uses such a service needs it.
    const { WebSocket } = await import('ws')
    const { headers, stallMs } = this
    const options = { headers, followRedirects: false, maxPayload: maxBytes, perMessageDeflate: false }
    const connection = new Connection(new WebSocket(this.address, options), new StallGuard(stallMs, signal))
    await connection.opened()
    return connection
  }
}

class Connection {
  private readonly incoming: AsyncIterableIterator<[data: Buffer, isBinary: boolean]>
  private code: number | undefined

  constructor(
    private readonly socket: WebSocket,
    private readonly guard: StallGuard,
  ) {
    socket.once('close', (code: number) => {
      this.code = code
    })
    // From the start: messages may come with the answer to the handshake.
    this.incoming = on(socket, 'message', {
      signal: guard.signal,
      close: ['close'],
      highWaterMark: maxHeld,
      lowWaterMark: 1,
    } as object) as AsyncIterableIterator<[Buffer, boolean]>
  }

  async opened(): Promise<void> {
    try {
      await once(this.socket, 'open', { signal: this.guard.signal })
    } catch (thrown) {
      this.end()
      throw this.broken(thrown, 'no connection')
    }
  }

  async description(): Promise<unknown> {
    const { value, done } = await this.next()
    if (done === true) throw failed(`a connection that was closed (${this.code})`, 'a description')
    const [data, isBinary] = value
    if (isBinary) throw failed('a first message of bytes', 'a description as JSON')
    return parseJson(data.toString())
  }

  send(request: object): void {
    this.socket.send(JSON.stringify(request))
  }

  async *messages(): AsyncGenerator<string | Uint8Array> {
    for (;;) {
      const { value, done } = await this.next()
      if (done === true) break
      const [data, isBinary] = value
      yield isBinary ? data : data.toString()
    }
    if (this.code !== normalEnd)
      throw failed(`a connection that was closed with ${this.code}`, `${normalEnd}`)
  }

  end(): void {
    this.guard.rests()
    this.socket.on('error', () => undefined)
    this.socket.terminate()
  }

  private async next() {
    this.guard.waits()
    try {
      return await this.incoming.next()
    } catch (thrown) {
      throw this.broken(thrown, 'a connection that broke')
    } finally {
      this.guard.rests()
    }
  }

  private broken(thrown: unknown, got: string): unknown {
    if (this.guard.signal.aborted) return this.guard.signal.reason
    if (thrown instanceof GlowcastError) return thrown
    return failed(`${got} (${thrownError(thrown).message})`, 'mel frames', thrown)
  }
}
