import { once } from 'node:events'
import { connect } from 'node:net'
import { setPriority } from 'node:os'
import { WebSocket } from 'ws'
import {
  encodeMedia,
  floatsToBytes,
  mediaTypes,
  type ServerMessage,
  subprotocol,
} from '../../../../src/protocol/messages.js'
import { mockMel } from '../../../server/mock-backend.js'
import { sleep } from '../figures.js'
import { type Attack, niceness } from './adversary-load.js'

/**
 * A client that breaks no rule of the protocol and wants all of the server: `node adversary-process.js URL SECONDS`. It
 * yields its own time, as it would run on another machine, and comes from an address of its own.
 */
setPriority(niceness)
const begun = performance.now()
const [url = '', seconds = '8'] = process.argv.slice(2)
const localAddress = '127.0.0.2'
const until = performance.now() + 1000 * Number(seconds)
const isOver = () => performance.now() >= until
/** Written and not yet taken by the server: it reads no faster than it will. */
const maxWaiting = 1 << 18
/** The scoring threads start with their first stream. */
const startingMs = 10_000
const sent: Record<string, number> = {}

const text = (message: object) => JSON.stringify(message)
const open = (stream: number) => text({ type: 'open', stream, mel: mockMel })
const cancel = (stream: number) => text({ type: 'cancel', stream })
const frames = (count: number) => floatsToBytes(new Float32Array(count * mockMel.melBands).fill(-6))

function media(type: 1 | 3, stream: number, sequence: number, position: number, payload: Uint8Array) {
  return encodeMedia({ type, flags: 0, stream, sequence, position }, payload)
}

async function connected(): Promise<WebSocket> {
  for (;;) {
    const socket = new WebSocket(url, [subprotocol], { perMessageDeflate: false, localAddress })
    socket.on('error', () => undefined)
    await Promise.race([once(socket, 'open'), once(socket, 'close')]).catch(() => undefined)
    if (socket.readyState === WebSocket.OPEN) return socket
    if (isOver()) throw new Error('was not let in')
    await sleep(50)
  }
}

/** Sends as fast as it is read, on new connections when it is thrown out. */
async function flood(name: string, burst: (round: number) => (string | Uint8Array)[], first: string[] = []) {
  while (!isOver()) {
    const socket = await connected()
    for (const message of first) socket.send(message)
    for (let round = 0; !isOver() && socket.readyState === WebSocket.OPEN; round++) {
      for (const message of burst(round)) socket.send(message)
      sent[name] = (sent[name] ?? 0) + 1
      do await sleep(0)
      while (socket.bufferedAmount > maxWaiting && !isOver())
    }
    socket.terminate()
  }
}

/** One frame and a flush, again for each that was answered. */
async function tinyUtterances(streams: number, ahead: number): Promise<void> {
  const socket = await connected()
  const sequences = new Map<number, number>()
  const next = (stream: number) => {
    const sequence = sequences.get(stream) ?? 0
    sequences.set(stream, sequence + 1)
    socket.send(media(mediaTypes.mel, stream, sequence, sequence, frames(1)))
    socket.send(text({ type: 'flush', stream }))
    sent['tiny utterances'] = (sent['tiny utterances'] ?? 0) + 1
  }
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary || isOver()) return
    const message = JSON.parse(data.toString()) as ServerMessage
    if (message.type === 'opened') for (let i = 0; i < ahead; i++) next(message.stream)
    if (message.type === 'flushed') next(message.stream)
  })
  for (let stream = 0; stream < streams; stream++) socket.send(open(stream))
  while (!isOver()) await sleep(100)
  socket.terminate()
}

/** Recordings in messages of one sample each. @returns once one is begun, so that it has a share of the permits, what goes on */
async function tinyScores(): Promise<() => Promise<void>> {
  const socket = await connected()
  const begun = { stream: 0, credit: 0 }
  const begin = () => socket.send(text({ type: 'score', stream: begun.stream, sampleRate: 384_000 }))
  let started: () => void = () => undefined
  const starts = new Promise<void>((resolve) => {
    started = resolve
  })
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString()) as ServerMessage
    if (message.type === 'scoring') {
      begun.credit = message.credit
      started()
    }
    if (message.type === 'audioCredit') begun.credit += message.samples
    if (message.type === 'error' && message.stream === begun.stream) {
      begun.stream += 1
      begun.credit = 0
      at = 0
      setTimeout(begin, message.retryAfterMs ?? 100)
    }
  })
  let at = 0
  begin()
  await Promise.race([starts, sleep(startingMs)])
  return async () => {
    while (!isOver() && socket.readyState === WebSocket.OPEN) {
      for (let i = 0; i < 1000 && at < begun.credit; i++, at++) {
        socket.send(media(mediaTypes.recording, begun.stream, at, at, Uint8Array.of(at & 255, 0)))
        sent['tiny scores'] = (sent['tiny scores'] ?? 0) + 1
      }
      do await sleep(0)
      while (socket.bufferedAmount > maxWaiting && !isOver())
    }
    socket.terminate()
  }
}

/** Upgrade requests for what is no path. */
async function malformedUpgrades(): Promise<void> {
  const { hostname, port } = new URL(url)
  const targets = ['//', '/\\', '//[', 'http://[x', '//%', '//a:b']
  for (let round = 0; !isOver(); round++) {
    const socket = connect({ port: Number(port), host: hostname, localAddress })
    socket.on('error', () => undefined)
    socket.write(
      `GET ${targets[round % targets.length]} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    )
    socket.resume()
    await once(socket, 'close')
    sent['malformed upgrades'] = round + 1
    await sleep(1)
  }
}

const empty = new Uint8Array(0)
const scores = await tinyScores().catch(() => async () => undefined)
await Promise.allSettled([
  tinyUtterances(2, 8),
  tinyUtterances(4, 3),
  scores(),
  malformedUpgrades(),
  flood('opens and cancels', () => Array.from({ length: 16 }, (_, i) => [open(i), cancel(i)]).flat()),
  flood('mels and cancels', () => {
    const mel = media(mediaTypes.mel, 1, 0, 0, frames(60))
    return [open(1), mel, cancel(1)]
  }),
  flood('scores and cancels', () => [text({ type: 'score', stream: 1, sampleRate: 384_000 }), cancel(1)]),
  flood(
    'empty media',
    (round) => Array.from({ length: 200 }, (_, i) => media(mediaTypes.mel, 1, 200 * round + i, 0, empty)),
    [open(1)],
  ),
])
const { user, system } = process.cpuUsage()
process.send?.({ sent, share: (user + system) / 1000 / (performance.now() - begun) } satisfies Attack)
process.disconnect?.()
