import { once } from 'node:events'
import { WebSocket } from 'ws'
import {
  bytesToFloats,
  decodeMedia,
  encodeMedia,
  floatsToBytes,
  type MediaFrame,
  mediaTypes,
  type ServerMessage,
  s16ToSamples,
  samplesToS16,
  subprotocol,
} from '../../src/protocol/messages.js'
import { mockMel } from './mock-backend.js'

export type Received = ServerMessage | { type: 'pcm'; frame: MediaFrame }

/** A client that says just what it is told to, and keeps all that comes. */
export class RawClient {
  readonly received: Received[] = []
  closed: { code: number; reason: string } | undefined
  private readonly waiting = new Set<() => void>()

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary) => {
      this.received.push(
        isBinary
          ? { type: 'pcm', frame: decodeMedia(data)! }
          : (JSON.parse(data.toString()) as ServerMessage),
      )
      this.wake()
    })
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() }
      this.wake()
    })
    socket.on('error', () => undefined)
  }

  static async connect(
    url: string,
    options: { headers?: Record<string, string>; protocols?: string[] } = {},
  ): Promise<RawClient> {
    const { headers = {}, protocols = [subprotocol] } = options
    const socket = new WebSocket(url, protocols, { headers, perMessageDeflate: false })
    const client = new RawClient(socket)
    await once(socket, 'open')
    await client.next('ready')
    return client
  }

  /** What an upgrade request that is refused is answered. */
  static refused(
    url: string,
    options: { headers?: Record<string, string>; protocols?: string[] } = {},
  ): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
    const { headers = {}, protocols = [subprotocol] } = options
    const socket = new WebSocket(url, protocols, { headers })
    return new Promise((resolve, reject) => {
      socket.on('open', () => {
        socket.terminate()
        reject(new Error('was let in'))
      })
      socket.on('error', () => undefined)
      socket.on('unexpected-response', (_request, response) => {
        let body = ''
        response.on('data', (part) => {
          body += part
        })
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }))
      })
    })
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message))
  }

  open(stream: number, options: object = {}): void {
    this.send({ type: 'open', stream, mel: mockMel, ...options })
  }

  mel(stream: number, sequence: number, position: number, values: Float32Array): void {
    const header = { type: mediaTypes.mel, flags: 0, stream, sequence, position }
    this.socket.send(encodeMedia(header, floatsToBytes(values)))
  }

  recording(stream: number, sequence: number, position: number, samples: Float32Array): void {
    const header = { type: mediaTypes.recording, flags: 0, stream, sequence, position }
    this.socket.send(encodeMedia(header, samplesToS16(samples)))
  }

  /** Sends a recording in pieces as far as the credit goes, and ends it. */
  async score(stream: number, samples: Float32Array, pieceLength: (sent: number) => number): Promise<void> {
    let sequence = 0
    for (let from = 0; from < samples.length; ) {
      const left = () => this.scoreCredit(stream) - from
      await this.until(() => left() > 0 || this.hasEnded(stream), 'credit')
      if (this.hasEnded(stream)) return
      const piece = samples.subarray(from, from + Math.min(left(), pieceLength(from)))
      this.recording(stream, sequence++, from, piece)
      from += piece.length
    }
    this.send({ type: 'end', stream })
  }

  /** Samples of a recording that may be sent in all. */
  scoreCredit(stream: number): number {
    let credit = 0
    for (const message of this.received) {
      if (message.type === 'scoring' && message.stream === stream) credit += message.credit
      if (message.type === 'audioCredit' && message.stream === stream) credit += message.samples
    }
    return credit
  }

  /** All messages of a type and a stream, in order. */
  all<Type extends Received['type']>(type: Type, stream: number): (Received & { type: Type })[] {
    return this.received.filter(
      (message): message is Received & { type: Type } =>
        message.type === type && 'stream' in message && message.stream === stream,
    )
  }

  private hasEnded(stream: number): boolean {
    return this.received.some(
      ({ type, ...rest }) => type === 'error' && 'stream' in rest && rest.stream === stream,
    )
  }

  /** The first message of a type that came or comes. */
  async next<Type extends Received['type']>(type: Type, stream?: number): Promise<Received & { type: Type }> {
    const matches = (message: Received) =>
      message.type === type && (stream === undefined || ('stream' in message && message.stream === stream))
    await this.until(() => this.received.some(matches), `${type} of stream ${stream}`)
    return this.received.find(matches) as Received & { type: Type }
  }

  async until(condition: () => boolean, what = 'a condition', withinMs = 300_000): Promise<void> {
    const deadline = performance.now() + withinMs
    while (!condition()) {
      if (performance.now() > deadline) {
        const types = this.received.map((message) => message.type).join(' ')
        throw new Error(`waited for ${what}; came: ${types}; closed: ${JSON.stringify(this.closed)}`)
      }
      await new Promise<void>((resolve) => {
        this.waiting.add(resolve)
        setTimeout(resolve, 100)
      })
    }
  }

  /** Samples of a stream so far; checks that sequence and position are without a gap. */
  samples(stream: number, format: 's16le' | 'f32le' = 's16le'): Float32Array {
    const parts: number[] = []
    let sequence = 0
    for (const message of this.received) {
      if (message.type !== 'pcm' || message.frame.stream !== stream) continue
      const { frame } = message
      if (frame.sequence !== sequence++ || frame.position !== parts.length) {
        throw new Error(`gap: sequence ${frame.sequence}, position ${frame.position} of ${parts.length}`)
      }
      parts.push(...(format === 's16le' ? s16ToSamples(frame.payload) : bytesToFloats(frame.payload)))
    }
    return Float32Array.from(parts)
  }

  async close(): Promise<void> {
    this.socket.close()
    await this.until(() => this.closed !== undefined, 'close')
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve()
    this.waiting.clear()
  }
}
