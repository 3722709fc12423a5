import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import { RandomStream } from '../../../../src/numeric/random.js'
import { subprotocol } from '../../../../src/protocol/messages.js'
import { brokenMessage } from '../../../server/broken-message.js'
import { rounded } from '../figures.js'
import { LoadClient } from '../load-client.js'
import { scoreLive } from '../scoring-client.js'
import { ServerProcess } from '../server-process.js'

const sockets = 8
const burst = 200
/** Bursts that are made before the attack, for each socket; one of them is made anew now and then. */
const madeBursts = 20
const renewEvery = 4
const count = 1_000_000
const maxSeconds = 900

/**
 * Malformed and mutated messages on several connections at a time, which are opened anew when they are closed.
 *
 * @param forSeconds absent: until there have been a million
 */
export async function fuzz(forSeconds?: number) {
  const longest = 1000 * (forSeconds ?? maxSeconds)
  // A connection is not closed for its broken messages, so that all of them are looked at.
  const server = await ServerProcess.mock('100', `${2 * count}`)
  try {
    const started = performance.now()
    const elapsed = () => performance.now() - started
    const beforeMb = await server.residentMb()
    let halfMb: number | undefined
    let sent = 0
    let connections = 0
    const attack = async (seed: number) => {
      const random = new RandomStream(11, seed)
      const bursts = Array.from({ length: madeBursts }, () => brokenBurst(random))
      let socket: WebSocket | undefined
      let tcp: Socket | undefined
      for (let round = 0; sent < count && elapsed() < longest; round++) {
        if (socket?.readyState !== WebSocket.OPEN || tcp === undefined) {
          socket?.terminate()
          ;({ socket, tcp } = await connected(server.url))
          connections += 1
        }
        const which = random.integer(madeBursts)
        if (round % renewEvery === 0) bursts[which] = brokenBurst(random)
        tcp.write(bursts[which]!)
        sent += burst
        await answered(socket)
        if (sent > count / 2 || elapsed() > longest / 2) halfMb ??= await server.residentMb()
      }
      socket?.terminate()
    }
    await Promise.all(Array.from({ length: sockets }, (_, seed) => attack(seed)))
    const seconds = elapsed() / 1000
    const healthy = await LoadClient.connect(server.url)
    const mel = new Float32Array(80).fill(-6)
    const hum = Float32Array.from({ length: 8000 }, (_, i) => 0.1 * Math.sin(0.3 * i))
    const load = { mel, frames: 50, framesAtOnce: 4, paced: false, sufficientFrames: 1, prebufferMs: 100 }
    const { outcome } = await healthy.run(1, load)
    healthy.close()
    const scored = await scoreLive(server.url, { samples: hum, sampleRate: 8000, seconds: 5 })
    const openStreams = await server.metric('glowcast_streams_open')
    if (outcome !== 'done' || scored.outcome !== 'scored' || openStreams !== 0) {
      throw new Error(`afterwards: a stream ${outcome}, a scoring one ${scored.outcome}, ${openStreams} open`)
    }
    return {
      messages: sent,
      missing: forSeconds === undefined ? Math.max(0, count - sent) : 0,
      connections,
      seconds: rounded(seconds),
      openStreams,
      residentBeforeMb: rounded(beforeMb),
      residentHalfwayMb: rounded(halfMb ?? 0),
      residentAfterMb: rounded(await server.residentMb()),
      grownMb: rounded((await server.residentMb()) - (halfMb ?? beforeMb)),
      streamAfterwards: outcome,
      scoringAfterwards: scored.outcome,
    }
  } finally {
    const { code } = await server.stop()
    if (code !== 0) {
      console.error(`the server ended with ${code}`)
      process.exitCode = 1
    }
  }
}

/** Whole frames may be written to the TCP socket beside those of the WebSocket. */
async function connected(url: string): Promise<{ socket: WebSocket; tcp: Socket }> {
  const { hostname, port } = new URL(url)
  const tcp = connect(Number(port), hostname)
  const socket = new WebSocket(url, [subprotocol], { perMessageDeflate: false, createConnection: () => tcp })
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return { socket, tcp }
}

/** Messages as a client writes them: what makes and masks them is done once, and not for each time that they are sent. */
function brokenBurst(random: RandomStream): Buffer {
  return Buffer.concat(Array.from({ length: burst }, (_, i) => clientFrame(brokenMessage(random, i))))
}

/** One message in one frame, masked with zeros, which leave it as it is. */
function clientFrame(message: string | Uint8Array): Buffer {
  const payload = typeof message === 'string' ? Buffer.from(message) : message
  const opcode = typeof message === 'string' ? 1 : 2
  const { length } = payload
  const size = length < 126 ? 0 : length < 65_536 ? 2 : 8
  const header = Buffer.alloc(2 + size + 4)
  header[0] = 0x80 | opcode
  header[1] = 0x80 | (size === 0 ? length : size === 2 ? 126 : 127)
  if (size > 0) header.writeUIntBE(length, size === 2 ? 2 : 4, size === 2 ? 2 : 6)
  return Buffer.concat([header, payload])
}

/** Waits until the server has taken what was sent, or closed. */
function answered(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('pong', done).off('close', done)
      resolve()
    }
    socket.on('pong', done).on('close', done)
    if (socket.readyState === WebSocket.OPEN) socket.ping()
    else done()
  })
}
