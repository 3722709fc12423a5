import { once } from 'node:events'
import { WebSocket } from 'ws'
// Outside of this repository: from 'glowcast/protocol'.
import {
  bytesToFloats,
  type ClientMessage,
  decodeMedia,
  encodeMedia,
  floatsToBytes,
  mediaTypes,
  type ServerMessage,
  type StreamFigures,
  subprotocol,
} from '../src/protocol/messages.js'

export type Ready = ServerMessage & { type: 'ready' }
export type OpenOptions = Omit<ClientMessage & { type: 'open' }, 'type' | 'stream' | 'mel' | 'format'>

/** One connection to a Glowcast server, for programs in Node. */
export class GlowcastClient {
  private readonly streams = new Map<number, MelStream>()
  private nextStream = 0

  private constructor(
    private readonly socket: WebSocket,
    readonly ready: Ready,
  ) {
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.takeAudio(data)
      else this.take(JSON.parse(data.toString()) as ServerMessage)
    })
    socket.on('close', (code, reason) => {
      for (const stream of this.streams.values()) stream.fail(new Error(`closed: ${code} ${reason}`))
    })
  }

  /** @param token a bearer token, where the server asks for one */
  static async connect(url: string, token?: string): Promise<GlowcastClient> {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    const socket = new WebSocket(url, [subprotocol], { headers, perMessageDeflate: false })
    socket.on('unexpected-response', (_request, response) => {
      socket.emit('error', new Error(`refused: ${response.statusCode} ${response.statusMessage}`))
    })
    const [first] = (await once(socket, 'message')) as [Buffer]
    return new GlowcastClient(socket, JSON.parse(first.toString()) as Ready)
  }

  /** Opens a stream; waits for the server's consent. */
  async open(options: OpenOptions = {}): Promise<MelStream> {
    const id = this.nextStream++ % 65_536
    const [model] = this.ready.models
    const stream = new MelStream(id, this.ready, (message) => this.socket.send(message))
    this.streams.set(id, stream)
    this.send({ type: 'open', stream: id, mel: model!.mel, format: 'f32le', ...options })
    await stream.opened
    return stream
  }

  send(message: ClientMessage): void {
    this.socket.send(JSON.stringify(message))
  }

  close(): void {
    this.socket.close()
  }

  private takeAudio(data: Buffer): void {
    const frame = decodeMedia(data)!
    this.streams.get(frame.stream)?.take({ samples: bytesToFloats(frame.payload) })
  }

  private take(message: ServerMessage): void {
    if (!('stream' in message) || message.stream === undefined) return
    this.streams.get(message.stream)?.take(message)
    if (['done', 'cancelled', 'error'].includes(message.type)) this.streams.delete(message.stream)
  }
}

/** Mel frames in, audio out: `for await (const samples of stream)`. */
export class MelStream implements AsyncIterable<Float32Array> {
  readonly opened: Promise<void>
  /** What the server agreed to. */
  accepted: (ServerMessage & { type: 'opened' }) | undefined
  /** What the stream came to, once all its audio has arrived. */
  figures: StreamFigures | undefined
  private readonly audio: Float32Array[] = []
  private failure: Error | undefined
  private ended = false
  private credit = 0
  private sequence = 0
  private frames = 0
  private waiting: (() => void)[] = []

  constructor(
    private readonly id: number,
    private readonly ready: Ready,
    private readonly send: (message: string | Uint8Array) => void,
  ) {
    this.opened = this.until(() => this.credit > 0)
  }

  /** Sends frames [frames, melBands] as fast as the server takes them. */
  async write(mel: Float32Array): Promise<void> {
    const { melBands } = this.ready.models[0]!.mel
    for (let start = 0; start < mel.length; ) {
      await this.until(() => this.credit > 0)
      const count = Math.min(mel.length / melBands - start / melBands, this.credit)
      const part = mel.subarray(start, start + Math.min(count, this.ready.limits.framesPerMessage) * melBands)
      const header = { type: mediaTypes.mel, flags: 0, stream: this.id }
      this.send(
        encodeMedia({ ...header, sequence: this.sequence++, position: this.frames }, floatsToBytes(part)),
      )
      this.frames += part.length / melBands
      this.credit -= part.length / melBands
      start += part.length
    }
  }

  /** Asks for the rest of the utterance at once; the stream stays open. */
  flush(): void {
    this.control('flush')
  }

  /** No more frames will come. */
  end(): void {
    this.control('end')
  }

  /** Ends the stream, and its audio, at once. */
  cancel(): void {
    this.control('cancel')
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Float32Array> {
    for (;;) {
      await this.until(() => this.audio.length > 0 || this.ended)
      const samples = this.audio.shift()
      if (samples === undefined) return
      yield samples
    }
  }

  /** What the server says of this stream. */
  take(message: ServerMessage | { samples: Float32Array }): void {
    if (!('type' in message)) this.audio.push(message.samples)
    else if (message.type === 'opened') this.accept(message)
    else if (message.type === 'credit') this.credit += message.frames
    else if (message.type === 'error') this.failure = new Error(`${message.code}: ${message.message}`)
    else if (message.type === 'flushed' || message.type === 'done') this.figures = message
    if ('type' in message && (message.type === 'done' || message.type === 'cancelled')) this.ended = true
    for (const wake of this.waiting.splice(0)) wake()
  }

  private accept(message: ServerMessage & { type: 'opened' }): void {
    this.accepted = message
    this.credit = message.credit
  }

  fail(error: Error): void {
    if (this.ended) return
    this.failure = error
    for (const wake of this.waiting.splice(0)) wake()
  }

  private control(type: 'flush' | 'end' | 'cancel'): void {
    this.send(JSON.stringify({ type, stream: this.id }))
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.failure !== undefined) throw this.failure
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
  }
}
