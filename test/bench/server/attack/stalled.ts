import { once } from 'node:events'
import { WebSocket } from 'ws'
import { encodeMedia, floatsToBytes, mediaTypes, subprotocol } from '../../../../src/protocol/messages.js'
import { mockMel } from '../../../server/mock-backend.js'
import { rounded, sleep } from '../figures.js'
import { delayP99, LoadClient, type LoadResult } from '../load-client.js'
import { ServerProcess } from '../server-process.js'

const seconds = 14
const neighbours = 10

/** A client asks for 45 MB of audio and never reads; neighbours go on as they did without it. */
export async function stalled() {
  const server = await ServerProcess.mock('100')
  try {
    const neighbour = await LoadClient.connect(server.url)
    const alone = await beside(neighbour)
    const lazy = new WebSocket(server.url, [subprotocol], { perMessageDeflate: false })
    lazy.on('error', () => undefined)
    await once(lazy, 'open')
    askForMuch(lazy)
    await sleep(100)
    lazy.pause()
    const watched = watch(server)
    const results = await beside(neighbour)
    const { most, terminatedMs } = await watched
    lazy.terminate()
    neighbour.close()
    return {
      maxQueuedKib: rounded(most / 1024),
      terminatedAfterS: rounded((terminatedMs ?? Number.POSITIVE_INFINITY) / 1000),
      neighbours: results.length,
      neighboursDone: results.filter(({ outcome }) => outcome === 'done').length,
      delayP99AloneMs: rounded(delayP99(alone)),
      delayP99BesideMs: rounded(delayP99(results)),
    }
  } finally {
    await server.stop()
  }
}

/** Neighbours' streams in real time. */
function beside(client: LoadClient): Promise<LoadResult[]> {
  const mel = new Float32Array(100 * 80).fill(-6)
  const frames = Math.round((seconds * 22_050) / 256)
  const load = { mel, frames, framesAtOnce: 4, paced: true, sufficientFrames: 1, prebufferMs: 100 }
  return Promise.all(Array.from({ length: neighbours }, (_, stream) => client.run(stream, load)))
}

/** The most that was queued, and when the socket was gone. */
async function watch(server: ServerProcess): Promise<{ most: number; terminatedMs: number | undefined }> {
  const started = performance.now()
  let most = 0
  while (performance.now() - started < 1000 * (seconds - 1)) {
    most = Math.max(most, await server.metric('glowcast_queue_bytes'))
    if ((await server.metric('glowcast_sockets_open')) === 1) {
      return { most, terminatedMs: performance.now() - started }
    }
    await sleep(100)
  }
  return { most, terminatedMs: undefined }
}

function askForMuch(socket: WebSocket): void {
  const part = floatsToBytes(new Float32Array(256 * 80).fill(-6))
  for (let stream = 0; stream < 11; stream++) {
    socket.send(JSON.stringify({ type: 'open', stream, mel: mockMel, format: 'f32le' }))
    for (let sequence = 0; sequence < 16; sequence++) {
      const header = { type: mediaTypes.mel, flags: 0, stream, sequence, position: sequence * 256 }
      socket.send(encodeMedia(header, part))
    }
  }
}
