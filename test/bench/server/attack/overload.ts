import { percentile, rounded, sleep } from '../figures.js'
import { framesPerSecond, oneClient, prebufferMs, together } from '../live.js'
import { delayP99, LoadClient, type LoadOptions, type LoadResult } from '../load-client.js'
import { ServerProcess } from '../server-process.js'
import { speechMel } from '../speech-mel.js'

/** The knocks come within the streams' time: those begin within a second, and none has ended by then. */
const outsideMs = 3000
const warmUpFrames = 200
const knockFrames = 200

/**
 * As many streams as the server has room for, alone, then with ten times as many knocking: how fast those are refused, and
 * what it does to these. The room is that of the moment: where the machine becomes faster, some that knock are let in, and
 * must be served in time as well.
 */
export async function overload(threads: number, seconds = 8) {
  const server = await ServerProcess.serve('--threads', `${threads}`, ...oneClient)
  try {
    const speech = await speechMel()
    const load = {
      ...speech,
      frames: Math.round(seconds * framesPerSecond),
      framesAtOnce: 4,
      paced: true,
      prebufferMs,
    }
    // The first streams of a process are its slowest, and tell the server how fast the machine is beside the load.
    await together(server.url, server.capacity, { ...load, frames: warmUpFrames })
    await sleep(2500)
    const room = await server.metric('glowcast_streams_capacity')
    const alone = await together(server.url, room, load)
    await sleep(2500)
    const running = together(server.url, room, load)
    await sleep(1500)
    const knocks: Promise<number | LoadResult | undefined>[] = []
    // All within the streams' time, at an even pace.
    for (let count = 0; count < 10 * room; count++) {
      knocks.push(knock(server.url, { ...load, frames: knockFrames }))
      await sleep((1000 * seconds - outsideMs) / (10 * room))
    }
    const answers = await Promise.all(knocks)
    const refusals = answers.filter((answer) => typeof answer === 'number')
    const letIn = answers.filter((answer) => typeof answer === 'object')
    const beside = (await running).concat(letIn)
    const [p99Alone, p99Beside] = [delayP99(alone), delayP99(beside)]
    return {
      threads,
      capAtStart: server.capacity,
      room,
      knocks: answers.length,
      refused: refusals.length,
      letIn: letIn.length,
      answered: refusals.length + letIn.length,
      refusalP99Ms: rounded(percentile(refusals, 99)),
      refusalWorstMs: rounded(Math.max(...refusals)),
      delayP99AloneMs: rounded(p99Alone),
      delayP99BesideMs: rounded(p99Beside),
      movedPercent: rounded(100 * (p99Beside / p99Alone - 1)),
      lateAlone: alone.reduce((sum, { late }) => sum + late, 0),
      late: beside.reduce((sum, { late }) => sum + late, 0),
      unfinished: beside.filter((result) => result.outcome !== 'done' && !isRefused(result)).length,
    }
  } finally {
    await server.stop()
  }
}

/**
 * One more client with one more stream: how long it took to be refused, in ms, or what came of its stream; undefined
 * when it got neither.
 */
async function knock(url: string, load: LoadOptions): Promise<number | LoadResult | undefined> {
  const started = performance.now()
  try {
    const client = await LoadClient.connect(url)
    const result = await client.run(0, load)
    client.close()
    return isRefused(result) ? performance.now() - started : result
  } catch (error) {
    return (error as Error).message.includes('503') ? performance.now() - started : undefined
  }
}

function isRefused({ error }: LoadResult): boolean {
  return error?.code === 'overloaded'
}
