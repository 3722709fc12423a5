import { WebSocket } from 'ws'
import { subprotocol } from '../../../../src/protocol/messages.js'
import { percentile, rounded, sleep } from '../figures.js'
import { oneClient, prebufferMs, together } from '../live.js'
import { delayP99 } from '../load-client.js'
import { ServerProcess } from '../server-process.js'
import { speechMel } from '../speech-mel.js'

/** The knocks come within the streams' time: those begin within a second, and none has ended by then. */
const outsideMs = 3000
const warmUpFrames = 200

/** The cap's streams alone, then with ten times as many knocking: how fast those are refused, what it does to these. */
export async function overload(threads: number, seconds = 8) {
  const server = await ServerProcess.serve('--threads', `${threads}`, ...oneClient)
  try {
    const speech = await speechMel()
    const load = {
      ...speech,
      frames: Math.round((seconds * 22_050) / 256),
      framesAtOnce: 4,
      paced: true,
      prebufferMs,
    }
    // The first streams of a process are its slowest.
    await together(server.url, server.capacity, { ...load, frames: warmUpFrames })
    await sleep(2500)
    const alone = await together(server.url, server.capacity, load)
    await sleep(2500)
    const refusals: number[] = []
    const admitted = together(server.url, server.capacity, load)
    await sleep(1500)
    let letIn = 0
    // All within the streams' time, at an even pace.
    for (let knock = 0; knock < 10 * server.capacity; knock++) {
      void refusedIn(server.url).then((ms) => (ms === undefined ? letIn++ : refusals.push(ms)))
      await sleep((1000 * seconds - outsideMs) / (10 * server.capacity))
    }
    const beside = await admitted
    const [p99Alone, p99Beside] = [delayP99(alone), delayP99(beside)]
    return {
      threads,
      cap: server.capacity,
      knocks: 10 * server.capacity,
      refused: refusals.length,
      letIn,
      refusalP99Ms: rounded(percentile(refusals, 99)),
      refusalWorstMs: rounded(Math.max(...refusals)),
      delayP99AloneMs: rounded(p99Alone),
      delayP99BesideMs: rounded(p99Beside),
      movedPercent: rounded(100 * (p99Beside / p99Alone - 1)),
      late: beside.reduce((sum, { late }) => sum + late, 0),
      // Those that were not let in gave no result.
      unfinished: server.capacity - beside.filter(({ outcome }) => outcome === 'done').length,
    }
  } finally {
    await server.stop()
  }
}

/** How long a connection took to be refused; undefined when it was let in. */
function refusedIn(url: string): Promise<number | undefined> {
  const started = performance.now()
  const socket = new WebSocket(url, [subprotocol], { perMessageDeflate: false })
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => {
      response.resume()
      resolve(performance.now() - started)
    })
    socket.on('open', () => {
      socket.terminate()
      resolve(undefined)
    })
    socket.on('error', () => resolve(undefined))
  })
}
