import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import WebSocketClient, { type WebSocket, WebSocketServer } from 'ws'
import {
  bytesToFloats,
  type ClientMessage,
  decodeMedia,
  encodeMedia,
  floatsToBytes,
  lastOfUtterance,
  type MediaFrame,
  type MelConvention,
  mediaTypes,
  type ServerMessage,
  subprotocol,
} from '../../src/protocol/messages.js'
import { type ClientOptions, GlowcastClient } from '../../web-audio-client/client.js'
import type { CreateSocket } from '../../web-audio-client/connection/socket.js'
import { type ScoringScript, ScriptedScoring } from './scripted-scoring.js'

const hopLength = 4

export const mel: MelConvention = {
  sampleRate: 22_050,
  fftSize: 16,
  winLength: 16,
  hopLength,
  melBands: 2,
  fMin: 0,
  fMax: 8000,
  melScale: 'slaney',
  melNorm: 'slaney',
  logBase: 'e',
  logFloor: 1e-5,
  power: 1,
}

/** What its "vocoder" makes of a frame: every sample tells frame, value, place and seed. */
function frameSamples(frame: readonly number[], index: number, seed: number): number[] {
  return Array.from({ length: hopLength }, (_, i) =>
    Math.fround(index + frame[0]! / 16 + i / 64 + seed / 1024),
  )
}

export function synthesis(frames: readonly (readonly number[])[], seed: number): number[] {
  return frames.flatMap((frame, index) => frameSamples(frame, index, seed))
}

interface ServerStream {
  readonly seed: number
  readonly frames: number[][]
  sent: number
  credit: number
  sequence: number
  /** Frame counts at which flushes came, and whether the stream ends after the last. */
  readonly marks: { at: number; type: 'flush' | 'end' }[]
}

export interface ServerScript extends ScoringScript {
  readonly modelHash?: string
  readonly frameCredit?: number
  readonly limits?: Partial<Extract<ServerMessage, { type: 'ready' }>['limits']>
  /** Called with each message first; true: the server does nothing of its own. */
  readonly intercept?: (message: ClientMessage, session: Session) => boolean
  /** After so many samples in all the connection is cut, once. */
  readonly cutAfterSamples?: number
}

/** A server of the protocol in a few lines, whose sound is arithmetic, and which misbehaves when told to. */
export class ScriptedServer {
  readonly sessions: Session[] = []
  readonly offered: string[] = []
  script: ServerScript = {}
  cuts = 0

  private constructor(private readonly server: WebSocketServer) {
    server.on('connection', (socket, request) => {
      this.offered.push(request.headers['sec-websocket-protocol'] ?? '')
      this.sessions.push(new Session(socket, this))
    })
  }

  static async start(): Promise<ScriptedServer> {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      perMessageDeflate: false,
      handleProtocols: () => subprotocol,
    })
    await once(server, 'listening')
    return new ScriptedServer(server)
  }

  /** A client of it that tries again within milliseconds. */
  client(options: Partial<ClientOptions> = {}): GlowcastClient {
    const { port } = this.server.address() as AddressInfo
    const createSocket = ((url, protocols) => new WebSocketClient(url, protocols)) as CreateSocket
    return new GlowcastClient({
      url: `ws://127.0.0.1:${port}/v1/stream`,
      createSocket,
      reconnect: { firstMs: 5, maxMs: 20 },
      ...options,
    })
  }

  async stop(): Promise<void> {
    for (const socket of this.server.clients) socket.terminate()
    this.server.close()
    await once(this.server, 'close')
  }
}

export class Session {
  readonly received: ClientMessage[] = []
  readonly streams = new Map<number, ServerStream>()
  readonly scorings = new Map<number, ScriptedScoring>()
  /** Samples sent, of all streams. */
  samples = 0

  constructor(
    readonly socket: WebSocket,
    private readonly server: ScriptedServer,
  ) {
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.takeMedia(decodeMedia(new Uint8Array(data as Buffer))!)
      else this.take(JSON.parse(data.toString()) as ClientMessage)
    })
    this.send({
      type: 'ready',
      protocol: subprotocol,
      models: [{ name: 'voice', hash: server.script.modelHash ?? 'h1', mel, latencyFrames: 1 }],
      limits: {
        streamsPerSocket: 4,
        framesPerMessage: 8,
        framesAhead: 64,
        flushesAhead: 2,
        scoreSecondsAhead: 4,
        messageBytes: 4096,
        idleMs: 60_000,
        ...server.script.limits,
      },
    })
  }

  send(message: ServerMessage): void {
    this.socket.send(JSON.stringify(message))
  }

  private take(message: ClientMessage): void {
    this.received.push(message)
    if (this.server.script.intercept?.(message, this) === true) return
    const { stream: number } = message
    if (message.type === 'score' || this.scorings.has(number)) {
      this.takeScoring(message)
      return
    }
    if (message.type === 'open') {
      const { seed = 0, credit = Number.POSITIVE_INFINITY } = message
      this.streams.set(number, { seed, credit, frames: [], sent: 0, sequence: 0, marks: [] })
      const { frameCredit = 16 } = this.server.script
      const opened = {
        stream: number,
        model: 'voice',
        format: 'f32le',
        sampleRate: 22_050,
        hopLength,
      } as const
      this.send({ type: 'opened', ...opened, latencyFrames: 1, credit: frameCredit })
      return
    }
    const stream = this.streams.get(number)
    if (stream === undefined) return
    if (message.type === 'credit') stream.credit += message.samples
    else if (message.type === 'cancel') {
      this.streams.delete(number)
      this.send({ type: 'cancelled', stream: number, samples: hopLength * stream.sent })
      return
    } else stream.marks.push({ at: stream.frames.length, type: message.type })
    this.pump(number, stream)
  }

  private takeScoring(message: ClientMessage): void {
    const { stream: number } = message
    if (message.type === 'score') {
      const scoring = new ScriptedScoring(message, this.server.script, (reply) => this.send(reply))
      this.scorings.set(number, scoring)
      return
    }
    if (message.type === 'cancel') this.send({ type: 'cancelled', stream: number, samples: 0 })
    else this.scorings.get(number)?.end()
    this.scorings.delete(number)
  }

  private takeMedia(frame: MediaFrame): void {
    if (frame.type === mediaTypes.recording) {
      this.scorings.get(frame.stream)?.take(frame)
      this.samples += frame.payload.length / 2
      this.cutIfAsked()
      return
    }
    const stream = this.streams.get(frame.stream)
    if (stream === undefined) return
    if (frame.position !== stream.frames.length) throw new Error(`mel at ${frame.position}`)
    const values = bytesToFloats(frame.payload)
    for (let i = 0; i < values.length; i += mel.melBands)
      stream.frames.push([...values.subarray(i, i + mel.melBands)])
    this.pump(frame.stream, stream)
  }

  /** @returns whether the connection was cut */
  private cutIfAsked(): boolean {
    const { cutAfterSamples = Number.POSITIVE_INFINITY } = this.server.script
    if (this.samples < cutAfterSamples || this.server.cuts > 0) return false
    this.server.cuts += 1
    this.socket.terminate()
    return true
  }

  /** Sends frame by frame what credit allows, grants as much mel, and answers marks that are reached. */
  private pump(number: number, stream: ServerStream): void {
    for (;;) {
      const mark = stream.marks[0]
      if (mark !== undefined && mark.at === stream.sent) {
        stream.marks.shift()
        const figures = { frames: stream.sent, samples: stream.sent * hopLength, rtf: 0.1 }
        this.send({ type: mark.type === 'end' ? 'done' : 'flushed', stream: number, ...figures })
        if (mark.type === 'end') this.streams.delete(number)
        continue
      }
      // The newest frame waits for the next, or for a mark, as it would for a lookahead.
      const ready = stream.frames.length - (mark === undefined ? 1 : 0)
      if (stream.sent >= ready || stream.credit < hopLength) return
      const position = stream.sent * hopLength
      const flags = mark?.at === stream.sent + 1 ? lastOfUtterance : 0
      const header = { type: mediaTypes.pcm, flags, stream: number, sequence: stream.sequence++, position }
      const samples = frameSamples(stream.frames[stream.sent]!, stream.sent, stream.seed)
      this.socket.send(encodeMedia(header, floatsToBytes(Float32Array.from(samples))))
      stream.sent += 1
      stream.credit -= hopLength
      this.samples += hopLength
      this.send({ type: 'credit', stream: number, frames: 1 })
      if (this.cutIfAsked()) return
    }
  }
}
