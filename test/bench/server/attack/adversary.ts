import { clientShare } from '../../../../server/synthesis/admission.js'
import { rounded, sleep } from '../figures.js'
import { prebufferMs, together } from '../live.js'
import { delayP99, type LoadResult } from '../load-client.js'
import { ServerProcess } from '../server-process.js'
import { speechMel } from '../speech-mel.js'
import { attack, busy } from './adversary-load.js'

/** Of the permits, what honest streams take: the adversary, a client without a token, may hold the rest. */
const honestShare = 1 - clientShare
const settlingMs = 5000
/** The parts of the adversary, all of which must have come through. */
export const attackParts = 7

/**
 * Streams in real time beside an adversary and beside a process that is as busy and asks nothing of the server, by turns:
 * the machine itself is now faster and now slower, and the adversary's own work would be done on another.
 *
 * @returns a row for each pair of turns, and one of the whole
 */
export async function adversary(threads: number, seconds = 8, turns = 3): Promise<object[]> {
  const server = await ServerProcess.serve('--threads', `${threads}`)
  try {
    const load = {
      ...(await speechMel()),
      frames: Math.round((seconds * 22_050) / 256),
      framesAtOnce: 4,
      paced: true,
      prebufferMs,
    }
    const streams = Math.max(1, Math.floor(honestShare * server.capacity))
    const honest = () => together(server.url, streams, load)
    // What scoring threads take once they have started is kept.
    let { share } = await attack(server.url, 3)
    await sleep(settlingMs)
    const beforeMb = await server.residentMb()
    const rows = []
    const all = { alone: [] as LoadResult[], beside: [] as LoadResult[] }
    for (let turn = 1; turn <= turns; turn++) {
      const idle = busy(share, seconds + 2)
      await sleep(500)
      const alone = await honest()
      await idle
      await sleep(2500)
      const health = worstHealth(server.port)
      const attacked = attack(server.url, seconds + 2)
      await sleep(500)
      const beside = await honest()
      const { sent, ...measured } = await attacked
      share = measured.share
      all.alone.push(...alone)
      all.beside.push(...beside)
      rows.push({
        turn,
        streams,
        adversaryCores: rounded(share, 2),
        ...rowOf(alone, beside),
        healthWorstMs: rounded(await health.stop()),
        partsSent: Object.values(sent).filter((count) => count > 0).length,
      })
      console.log(`turn ${turn}, the adversary sent: ${JSON.stringify(sent)}`)
      await sleep(settlingMs)
    }
    const afterMb = await server.residentMb()
    const { delayP99AloneMs, delayP99BesideMs, movedPercent, lateAlone, lateBeside, unfinished } = rowOf(
      all.alone,
      all.beside,
    )
    const memory = { beforeMb: rounded(beforeMb, 0), grownMb: rounded(afterMb - beforeMb, 0) }
    return [
      ...rows,
      {
        turn: 'all',
        streams,
        delayP99AloneMs,
        delayP99BesideMs,
        allMovedPercent: movedPercent,
        chunksAlone: chunksOf(all.alone),
        chunksBeside: chunksOf(all.beside),
        allLateAlone: lateAlone,
        allLate: lateBeside,
        allUnfinished: unfinished,
        ...memory,
      },
    ]
  } finally {
    await server.stop()
  }
}

function rowOf(alone: readonly LoadResult[], beside: readonly LoadResult[]) {
  const [p99Alone, p99Beside] = [delayP99(alone), delayP99(beside)]
  const late = (results: readonly LoadResult[]) => results.reduce((sum, result) => sum + result.late, 0)
  const unfinished = beside.filter(({ outcome }) => outcome !== 'done')
  return {
    delayP99AloneMs: rounded(p99Alone),
    delayP99BesideMs: rounded(p99Beside),
    movedPercent: rounded(100 * (p99Beside / p99Alone - 1)),
    lateAlone: late(alone),
    lateBeside: late(beside),
    // Those that were not let in gave no result.
    unfinished: unfinished.length + alone.length - beside.length,
    errors: [...new Set(unfinished.map(({ error, outcome }) => error?.code ?? outcome))].join(', '),
  }
}

function chunksOf(results: readonly LoadResult[]): number {
  return results.reduce((sum, { delaysMs }) => sum + delaysMs.length, 0)
}

/** The longest that `/healthz` took, asked ten times a second. */
function worstHealth(port: number) {
  let isOver = false
  let worst = 0
  const asking = (async () => {
    while (!isOver) {
      const asked = performance.now()
      await (await fetch(`http://127.0.0.1:${port}/healthz`)).text()
      worst = Math.max(worst, performance.now() - asked)
      await sleep(100)
    }
  })()
  return {
    async stop(): Promise<number> {
      isOver = true
      await asking
      return worst
    },
  }
}
