import { once } from 'node:events'
import { WebSocket } from 'ws'
import {
  decodeMedia,
  encodeMedia,
  floatsToBytes,
  mediaTypes,
  type ServerMessage,
  subprotocol,
} from '../../../src/protocol/messages.js'
import { mockMel } from '../../server/mock-backend.js'
import { percentile } from './figures.js'

const frameMs = (1000 * mockMel.hopLength) / mockMel.sampleRate

export interface LoadOptions {
  /** Mel frames in all, of `mel` over and over. */
  readonly frames: number
  readonly mel: Float32Array
  readonly framesAtOnce: number
  /** Sends as fast as they are spoken; otherwise all at once. */
  readonly paced: boolean
  /** Frames that suffice for sound. */
  readonly sufficientFrames: number
  /** What a listener's player holds back before it starts. */
  readonly prebufferMs: number
}

export interface LoadResult {
  outcome: 'done' | 'error' | 'closed'
  error?: ServerMessage & { type: 'error' }
  frames: number
  samples: number
  /** From sending the frames that suffice to the first samples. */
  ttfaMs: number | undefined
  /** From sending frames to the audio that they complete, in ms, for each message of audio. */
  readonly delaysMs: number[]
  /** Messages that came after the player needed them, and by how much the worst. */
  late: number
  messages: number
  worstLateMs: number
}

type Taker = (message: ServerMessage | Buffer | 'closed') => void

/** One connection that puts load on a server, and checks what comes. */
export class LoadClient {
  private readonly takers = new Map<number, Taker>()

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.takers.get(data.readUInt16LE(2))?.(data)
      else {
        const message = JSON.parse(data.toString()) as ServerMessage
        if ('stream' in message && message.stream !== undefined) this.takers.get(message.stream)?.(message)
      }
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      for (const take of this.takers.values()) take('closed')
    })
  }

  static async connect(url: string): Promise<LoadClient> {
    const socket = new WebSocket(url, [subprotocol], { perMessageDeflate: false })
    await once(socket, 'open')
    return new LoadClient(socket)
  }

  /** Runs one stream to its end. */
  run(stream: number, options: LoadOptions): Promise<LoadResult> {
    const { frames, framesAtOnce, prebufferMs } = options
    const result: LoadResult = {
      outcome: 'closed',
      frames: 0,
      samples: 0,
      ttfaMs: undefined,
      delaysMs: [],
      late: 0,
      messages: 0,
      worstLateMs: 0,
    }
    let sequence = 0
    let started = 0
    let sufficientAt: number | undefined
    let firstAudioAt: number | undefined
    let timer: NodeJS.Timeout | undefined
    const sentAt: number[] = []
    const send = (count: number) => {
      const header = { type: mediaTypes.mel, flags: 0, stream, sequence: sequence++, position: result.frames }
      this.socket.send(encodeMedia(header, floatsToBytes(melPart(options.mel, result.frames, count))))
      result.frames += count
      const now = performance.now()
      sentAt.push(now)
      if (result.frames >= options.sufficientFrames) sufficientAt ??= now
      if (result.frames === frames) this.socket.send(JSON.stringify({ type: 'end', stream }))
    }
    const sendDue = () => {
      const due = options.paced ? 1 + Math.floor((performance.now() - started) / frameMs) : frames
      while (result.frames < frames && result.frames + framesAtOnce <= due + framesAtOnce - 1) {
        send(Math.min(framesAtOnce, frames - result.frames))
      }
      if (result.frames < frames) {
        const next = started + result.frames * frameMs - performance.now()
        timer = setTimeout(sendDue, Math.max(1, next))
      }
    }
    const takeAudio = (bytes: Buffer) => {
      const { position, payload } = decodeMedia(bytes)!
      if (position !== result.samples) throw new Error(`lost: got ${position}, expected ${result.samples}`)
      if (payload.length === 0) return
      const now = performance.now()
      firstAudioAt ??= now
      result.ttfaMs ??= now - (sufficientAt ?? now)
      result.samples += payload.length / 2
      result.messages += 1
      const completed = Math.ceil(result.samples / (mockMel.hopLength * framesAtOnce)) - 1
      result.delaysMs.push(now - sentAt[completed]!)
      const due = firstAudioAt + prebufferMs + (1000 * position) / mockMel.sampleRate
      if (now > due) result.late += 1
      result.worstLateMs = Math.max(result.worstLateMs, now - due)
    }
    return new Promise((resolve) => {
      const finish = (outcome: LoadResult['outcome']) => {
        clearTimeout(timer)
        this.takers.delete(stream)
        resolve({ ...result, outcome })
      }
      this.takers.set(stream, (message) => {
        if (message === 'closed') finish('closed')
        else if (Buffer.isBuffer(message)) takeAudio(message)
        else if (message.type === 'opened') {
          started = performance.now()
          sendDue()
        } else if (message.type === 'error') {
          result.error = message
          finish('error')
        } else if (message.type === 'done') finish('done')
      })
      this.socket.send(JSON.stringify({ type: 'open', stream, mel: mockMel, seed: stream }))
    })
  }

  close(): void {
    this.socket.close()
  }
}

/** `count` frames from `start` on of a mel that begins anew at its end. */
function melPart(mel: Float32Array, start: number, count: number): Float32Array {
  const { melBands } = mockMel
  const frames = mel.length / melBands
  const part = new Float32Array(count * melBands)
  for (let i = 0; i < count; i++) {
    const frame = (start + i) % frames
    part.set(mel.subarray(frame * melBands, (frame + 1) * melBands), i * melBands)
  }
  return part
}

/** The delay that one message of audio in a hundred exceeds. */
export function delayP99(results: readonly LoadResult[]): number {
  const delays = results.flatMap(({ delaysMs }) => delaysMs)
  return percentile(delays, 99)
}
