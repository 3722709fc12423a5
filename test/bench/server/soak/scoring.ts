import { scoringPermits } from '../../../../server/streams/openings.js'
import { percentile, rounded, sleep, slope } from '../figures.js'
import { LoadClient } from '../load-client.js'
import { scoreLive } from '../scoring-client.js'
import { ServerProcess } from '../server-process.js'
import { speechMel } from '../speech-mel.js'
import { wrongWith } from './check.js'
import { keepHostile } from './hostile.js'
import { knownRecordings } from './recordings.js'
import { keepSpeaking } from './speech.js'

/** The first part of a run fills caches and heaps; memory is judged after it. */
const settleShare = 0.25

const refusedMs = 2000
/** Collecting garbage stops all threads for a while. */
const memoryMs = 60_000
const maxDelayMs = 250
const maxMbPerMinute = 1

interface Delay {
  readonly ms: number
  /** What was done beside it. */
  readonly beside: string
}

/**
 * For so many minutes scoring streams in real time, streams of speech, and one client that is hostile: all scores must be
 * there, in order and what the command line and the library say, memory may not grow, nothing be late.
 *
 * @returns tables to print, and what was wrong
 */
export async function soakScoring(
  minutes: number,
  { scoring, speaking }: { scoring: number; speaking: number },
): Promise<{ tables: object[][]; wrong: string[] }> {
  const known = await knownRecordings()
  const server = await ServerProcess.serveForSoak(scoringPermits * (scoring + 1) + speaking)
  try {
    const started = performance.now()
    const elapsed = () => (performance.now() - started) / 60_000
    const isOver = () => elapsed() >= minutes
    const wrong: string[] = []
    const delays: Delay[] = []
    const counts = { rounds: 0, refused: 0, frames: 0, blocks: 0 }
    let beside = 'nothing'
    const keepScoring = async (slot: number) => {
      for (let round = 0; !isOver(); round++) {
        const recording = known[(slot + round) % known.length]!
        const sofar = beside
        const { outcome, delaysMs, blocks, messages } = await scoreLive(server.url, recording, (ms) =>
          delays.push({ ms, beside }),
        )
        if (outcome === 'refused') {
          counts.refused += 1
          await sleep(refusedMs)
          continue
        }
        counts.rounds += 1
        counts.frames += delaysMs.length
        counts.blocks += blocks
        const what = wrongWith(recording, messages)
        if (outcome === 'failed') what.push(`failed: ${JSON.stringify(messages.at(-1))}`)
        wrong.push(...what.map((each) => `${each} (beside ${sofar}, then ${beside})`))
      }
    }
    const points: [minutes: number, mb: number][] = []
    const watch = async () => {
      while (!isOver()) {
        await server.collectGarbage()
        points.push([elapsed(), await server.residentMb()])
        await sleep(memoryMs)
      }
    }
    const client = await LoadClient.connect(server.url)
    const load = { ...(await speechMel()), framesAtOnce: 4, paced: true, prebufferMs: 200 }
    const hostile = keepHostile(server, known, {
      isOver,
      onBegin: (name) => {
        beside = name
      },
    })
    const speech = Array.from({ length: speaking }, (_, slot) => keepSpeaking(client, slot, load, isOver))
    const scorers = Array.from({ length: scoring }, (_, slot) => keepScoring(slot))
    const [spoken, hostilities] = await Promise.all([
      Promise.all(speech),
      hostile,
      Promise.all(scorers),
      watch(),
    ])
    client.close()
    // The connections that were broken off are gone by then.
    await sleep(refusedMs)
    const settled = points.filter(([minute]) => minute > settleShare * minutes)
    const memory = {
      startMb: rounded(points[0]![1]),
      settledMb: rounded(settled[0]![1]),
      lastMb: rounded(settled.at(-1)![1]),
      maxMb: rounded(Math.max(...points.map(([, mb]) => mb))),
      slopeMbPerMinute: rounded(slope(settled), 2),
    }
    const speechTotals = {
      speaking,
      spoken: spoken.reduce((sum, { finished }) => sum + finished, 0),
      speechLate: spoken.reduce((sum, { late }) => sum + late, 0),
    }
    const openStreams = await server.metric('glowcast_streams_open')
    const rows = delayRows(delays)
    wrong.push(...hostilities.wrong)
    if (openStreams !== 0) wrong.push(`open streams at the end: got ${openStreams}, expected 0`)
    if (memory.slopeMbPerMinute > maxMbPerMinute)
      wrong.push(`memory: got ${memory.slopeMbPerMinute} MB a minute, expected at most ${maxMbPerMinute}`)
    if (speechTotals.speechLate > 0) wrong.push(`chunks of speech: got ${speechTotals.speechLate} late`)
    for (const { beside, p99Ms } of rows)
      if (p99Ms > maxDelayMs)
        wrong.push(`delay beside ${beside}: got a p99 of ${p99Ms} ms, expected at most ${maxDelayMs}`)
    for (const [name, { done, refused }] of Object.entries(hostilities.counts))
      if (done === 0) wrong.push(`${name}: never done, refused ${refused} times`)
    return {
      tables: [
        [
          {
            minutes: rounded(elapsed()),
            capacity: server.capacity,
            scoring,
            ...counts,
            ...speechTotals,
            openStreams,
          },
        ],
        rows,
        Object.entries(hostilities.counts).map(([hostility, count]) => ({ hostility, ...count })),
        [memory],
      ],
      wrong,
    }
  } finally {
    await server.stop()
  }
}

/** Of all frames, and of those that were scored beside each hostility. */
function delayRows(delays: readonly Delay[]) {
  const groups = new Map<string, number[]>([['all', delays.map(({ ms }) => ms)]])
  for (const { ms, beside } of delays) {
    const values = groups.get(beside) ?? []
    values.push(ms)
    groups.set(beside, values)
  }
  return [...groups].map(([beside, values]) => ({
    beside,
    frames: values.length,
    p50Ms: rounded(percentile(values, 50)),
    p99Ms: rounded(percentile(values, 99)),
    worstMs: rounded(values.reduce((most, value) => Math.max(most, value), 0)),
  }))
}
