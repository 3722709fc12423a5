import { WebSocket } from 'ws'
import {
  encodeMedia,
  mediaTypes,
  type ServerMessage,
  samplesToS16,
  subprotocol,
} from '../../../src/protocol/messages.js'

export interface ScoringLoad {
  readonly samples: Float32Array
  readonly sampleRate: number
  readonly seconds: number
  /** Default 2. */
  readonly blockSeconds?: number
  /** False: as fast as the credit allows. Default true. */
  readonly paced?: boolean
}

export interface ScoringResult {
  readonly outcome: 'scored' | 'refused' | 'failed'
  /** From the sending of a frame's first sample to its score, in ms, of each frame. */
  readonly delaysMs: number[]
  readonly declaredMs: number
  readonly blocks: number
  /** All that came of the stream, in order. */
  readonly messages: readonly ServerMessage[]
}

/** A microphone sends so much at a time. */
const pieceSeconds = 0.02

/** Sends a recording as fast as it is spoken, from its start again at its end, and times its scores. */
export async function scoreLive(
  url: string,
  load: ScoringLoad,
  onDelay: (ms: number) => void = () => undefined,
): Promise<ScoringResult> {
  const socket = new WebSocket(url, [subprotocol], { perMessageDeflate: false })
  let take: ((message: ServerMessage) => void) | undefined
  socket.on('message', (data: Buffer) => take?.(JSON.parse(data.toString()) as ServerMessage))
  socket.on('error', () => undefined)
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.on('open', () => resolve(true))
    socket.on('close', () => resolve(false))
  })
  if (!isOpen) return { outcome: 'refused', delaysMs: [], declaredMs: 0, blocks: 0, messages: [] }
  const { sampleRate, blockSeconds = 2, paced = true } = load
  const piece = Math.round(pieceSeconds * sampleRate)
  const total = Math.round(load.seconds * sampleRate)
  const sentAt: number[] = []
  const messages: ServerMessage[] = []
  const delaysMs: number[] = []
  let [declaredMs, frameSeconds, blocks, granted] = [0, 0, 0, 0]
  let timer: NodeJS.Timeout | undefined
  const send = (started: number) => {
    const spoken = Math.floor(((performance.now() - started) / 1000) * sampleRate)
    const due = Math.min(granted, paced ? spoken : total)
    const endOf = (from: number) => Math.min(from + piece, total)
    for (let from = sentAt.length * piece; from < total && endOf(from) <= due; from += piece) {
      const samples = Float32Array.from(
        { length: endOf(from) - from },
        (_, i) => load.samples[(from + i) % load.samples.length]!,
      )
      const header = {
        type: mediaTypes.recording,
        flags: 0,
        stream: 1,
        sequence: sentAt.length,
        position: from,
      }
      socket.send(encodeMedia(header, samplesToS16(samples)))
      sentAt.push(performance.now())
    }
    if (sentAt.length * piece < total) timer = setTimeout(() => send(started), 5)
    else socket.send(JSON.stringify({ type: 'end', stream: 1 }))
  }
  return new Promise((resolve) => {
    const finish = (outcome: ScoringResult['outcome']) => {
      clearTimeout(timer)
      socket.close()
      resolve({ outcome, delaysMs, declaredMs, blocks, messages })
    }
    take = (message) => {
      if ('stream' in message) messages.push(message)
      if (message.type === 'scoring') {
        ;({ frameSeconds, credit: granted } = message)
        declaredMs = 1000 * message.delaySeconds
        send(performance.now())
      } else if (message.type === 'audioCredit') granted += message.samples
      else if (message.type === 'block') blocks += 1
      else if (message.type === 'scored') finish('scored')
      else if (message.type === 'error') finish(message.code === 'overloaded' ? 'refused' : 'failed')
      else if (message.type === 'scores') {
        const now = performance.now()
        for (const i of message.surprise.keys()) {
          const sample = Math.floor((message.frame + i) * frameSeconds * sampleRate)
          const delayMs = now - sentAt[Math.floor(sample / piece)]!
          delaysMs.push(delayMs)
          onDelay(delayMs)
        }
      }
    }
    socket.on('close', () => finish('failed'))
    socket.send(JSON.stringify({ type: 'score', stream: 1, sampleRate, blockSeconds }))
  })
}
