import { percentile, rounded, sleep } from './figures.js'
import { LoadClient, type LoadOptions, type LoadResult } from './load-client.js'
import { ServerProcess } from './server-process.js'
import { speechMel } from './speech-mel.js'

export const prebufferMs = 200
const framesAtOnce = 4
const streamSeconds = 6
export const framesPerSecond = 22_050 / 256

/** Streams at a time, each in time with the listener's player or late. */
export interface LoadRow {
  readonly threads: number
  readonly streams: number
  readonly refused: number
  readonly chunks: number
  readonly late: number
  readonly worstLateMs: number
  readonly ttfaP50Ms: number
  readonly ttfaP99Ms: number
  /** Time on a core, of all the server's threads, that a second of audio takes: whoever else uses the machine. */
  readonly cpuMsPerSecond: number
  /** How much later than asked the server's event loop ran timers. */
  readonly loopDelayP99Ms: number
  readonly residentMb: number
}

/** All streams of a benchmark are those of one client, which may have all permits. */
export const oneClient = ['--max-streams-per-client', '10000']

/** The default metrics measure with a timer of this period, and count the period in. */
const loopTimerMs = 10

/** One stream at a time: TTFA from the frames that suffice, when they come as they are spoken and all at once. */
export async function singleStream(threads: number, runs = 100) {
  const server = await ServerProcess.serve('--threads', `${threads}`)
  try {
    const speech = await speechMel()
    const client = await LoadClient.connect(server.url)
    const rows = []
    for (const paced of [true, false]) {
      const ttfa: number[] = []
      for (let run = -3; run < runs; run++) {
        const result = await client.run(Math.abs(run), {
          ...speech,
          frames: 24,
          framesAtOnce,
          paced,
          prebufferMs,
        })
        if (run >= 0) ttfa.push(result.ttfaMs!)
      }
      rows.push({
        threads,
        frames: paced ? 'as they are spoken' : 'all at once',
        runs,
        ttfaP50Ms: rounded(percentile(ttfa, 50)),
        ttfaP99Ms: rounded(percentile(ttfa, 99)),
      })
    }
    client.close()
    return rows
  } finally {
    await server.stop()
  }
}

/** More and more streams in real time, up to what the server lets in. */
export async function ramp(threads: number, steps?: readonly number[]): Promise<LoadRow[]> {
  const server = await ServerProcess.serve('--threads', `${threads}`, ...oneClient)
  try {
    const speech = await speechMel()
    const cap = server.capacity
    const counts = steps ?? [0.25, 0.5, 0.75, 1].map((part) => Math.max(1, Math.floor(part * cap)))
    const rows: LoadRow[] = []
    for (const streams of counts) {
      // Asking for the loop's delay starts it anew.
      await server.metric('nodejs_eventloop_lag_p99_seconds')
      const before = await server.cpuMs()
      const results = await together(server.url, streams, {
        ...speech,
        frames: Math.round(streamSeconds * framesPerSecond),
        framesAtOnce,
        paced: true,
        prebufferMs,
      })
      rows.push({
        ...rowOf(threads, streams, results, (await server.cpuMs()) - before),
        loopDelayP99Ms: rounded(
          1000 * (await server.metric('nodejs_eventloop_lag_p99_seconds')) - loopTimerMs,
        ),
        residentMb: rounded(await server.residentMb(), 0),
      })
      // What ran late keeps newcomers out for a while.
      await sleep(2500)
    }
    return rows
  } finally {
    await server.stop()
  }
}

/** So many streams, begun within a second, four on a connection; what is refused is not tried again. */
export async function together(url: string, streams: number, options: LoadOptions): Promise<LoadResult[]> {
  const clients: LoadClient[] = []
  const running: Promise<LoadResult>[] = []
  for (let stream = 0; stream < streams; stream++) {
    const due = sleep(1000 / streams)
    if (stream % 4 === 0) {
      const client = await LoadClient.connect(url).catch(() => undefined)
      if (client === undefined) continue
      clients.push(client)
    }
    const client = clients.at(-1)
    if (client !== undefined) running.push(client.run(stream, options))
    await due
  }
  const results = await Promise.all(running)
  for (const client of clients) client.close()
  return results
}

function rowOf(threads: number, streams: number, results: readonly LoadResult[], cpuMs: number) {
  const done = results.filter(({ outcome }) => outcome === 'done')
  for (const { samples, frames } of done) {
    if (samples !== frames * 256) throw new Error(`${samples} samples of ${frames} frames`)
  }
  const ttfa = done.map(({ ttfaMs }) => ttfaMs!)
  const seconds = done.reduce((sum, { samples }) => sum + samples / 22_050, 0)
  return {
    threads,
    streams: done.length,
    refused: streams - done.length,
    chunks: done.reduce((sum, { messages }) => sum + messages, 0),
    late: done.reduce((sum, { late }) => sum + late, 0),
    worstLateMs: rounded(Math.max(0, ...done.map(({ worstLateMs }) => worstLateMs))),
    ttfaP50Ms: rounded(percentile(ttfa, 50)),
    ttfaP99Ms: rounded(percentile(ttfa, 99)),
    cpuMsPerSecond: rounded(cpuMs / seconds),
  }
}
