import { percentile, rounded } from './figures.js'
import { LoadClient, type LoadResult } from './load-client.js'
import { ServerProcess } from './server-process.js'

const streamsPerSocket = 5
const seconds = 10

/** Many streams in real time past a backend that costs nothing: what the transport itself adds and takes. */
export async function transport(streams = 500, framesAtOnce = 8) {
  const server = await ServerProcess.mock(`${streams + 10}`)
  try {
    const mel = new Float32Array(100 * 80).fill(-6)
    const clients = await Promise.all(
      Array.from({ length: streams / streamsPerSocket }, () => LoadClient.connect(server.url)),
    )
    const frames = Math.round((seconds * 22_050) / 256)
    const running: Promise<LoadResult>[] = []
    const before = await server.cpuMs()
    const started = performance.now()
    for (let stream = 0; stream < streams; stream++) {
      const client = clients[Math.floor(stream / streamsPerSocket)]!
      running.push(
        client.run(stream, { mel, frames, framesAtOnce, paced: true, sufficientFrames: 1, prebufferMs: 100 }),
      )
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const results = await Promise.all(running)
    const residentMb = await server.residentMb()
    const busy = ((await server.cpuMs()) - before) / (performance.now() - started)
    for (const client of clients) client.close()
    const delays = results.flatMap(({ delaysMs }) => delaysMs)
    return {
      streams,
      framesAtOnce,
      messages: delays.length,
      unfinished: results.filter(({ outcome }) => outcome !== 'done').length,
      samplesLost: results.reduce((sum, { samples }) => sum + frames * 256 - samples, 0),
      addedP50Ms: rounded(percentile(delays, 50)),
      addedP99Ms: rounded(percentile(delays, 99)),
      serverMb: rounded(residentMb),
      serverCores: rounded(busy, 2),
    }
  } finally {
    await server.stop()
  }
}
