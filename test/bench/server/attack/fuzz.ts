import { once } from 'node:events'
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

/** Malformed and mutated messages on several connections at a time, which are opened anew when they are closed. */
export async function fuzz(count = 1_000_000, mostSeconds = 240) {
  // A connection is not closed for its broken messages, so that all of them are looked at.
  const server = await ServerProcess.mock('100', `${2 * count}`)
  try {
    const started = performance.now()
    const beforeMb = await server.residentMb()
    let halfMb: number | undefined
    let sent = 0
    let connections = 0
    const attack = async (seed: number) => {
      const random = new RandomStream(11, seed)
      let socket: WebSocket | undefined
      while (sent < count && performance.now() - started < 1000 * mostSeconds) {
        if (socket?.readyState !== WebSocket.OPEN) {
          socket?.terminate()
          socket = await connected(server.url)
          connections += 1
        }
        for (let i = 0; i < burst; i++) socket.send(brokenMessage(random, i))
        sent += burst
        await answered(socket)
        if (sent > count / 2) halfMb ??= await server.residentMb()
      }
      socket?.terminate()
    }
    await Promise.all(Array.from({ length: sockets }, (_, seed) => attack(seed)))
    const seconds = (performance.now() - started) / 1000
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

async function connected(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, [subprotocol], { perMessageDeflate: false })
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return socket
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
