import { join } from 'node:path'
import { loadMono } from '../../../src/audio/audio-file.js'
import { packageFolder } from '../../../src/cli/files.js'
import { percentile, rounded, sleep, slope } from './figures.js'
import { type ScoringResult, scoreLive } from './scoring-client.js'
import { ServerProcess } from './server-process.js'

const sampleRate = 16_000

/** The first part of a run fills caches and heaps; memory is judged after it. */
const settleShare = 0.25

/** A recording that one stream brings; then another begins in its place. */
const roundSeconds = 60
const refusedMs = 5000

/** Scoring streams in real time for so many minutes: neither memory nor delay may grow. */
export async function soakScoring(minutes: number, streams: number): Promise<object> {
  const server = await ServerProcess.serve('--threads', '2')
  try {
    const samples = await loadMono(join(packageFolder(), 'test/fixtures/audio/speech.flac'), sampleRate)
    const started = performance.now()
    const elapsed = () => (performance.now() - started) / 60_000
    const points: [number, number][] = []
    let isOver = false
    const watch = async () => {
      while (!isOver) {
        if (elapsed() > settleShare * minutes) points.push([elapsed(), await server.residentMb()])
        await sleep(2000)
      }
    }
    const load = { samples, sampleRate, seconds: Math.min(roundSeconds, 60 * minutes) }
    const keepScoring = async () => {
      const rounds: ScoringResult[] = []
      while (elapsed() < minutes) {
        const round = await scoreLive(server.url, load)
        rounds.push(round)
        // A busy machine carries fewer; places become free.
        if (round.outcome !== 'scored') await sleep(refusedMs)
      }
      return rounds
    }
    const score = async () => {
      const rounds = await Promise.all(Array.from({ length: streams }, keepScoring))
      isOver = true
      return rounds.map((those) => ({
        scored: those.filter(({ outcome }) => outcome === 'scored').length,
        failed: those.filter(({ outcome }) => outcome === 'failed').length,
        refused: those.filter(({ outcome }) => outcome === 'refused').length,
        blocks: those.reduce((sum, { blocks }) => sum + blocks, 0),
        delaysMs: those.flatMap(({ delaysMs }) => delaysMs),
      }))
    }
    const [results] = await Promise.all([score(), watch()])
    const total = (key: 'scored' | 'failed' | 'refused' | 'blocks') =>
      results.reduce((sum, each) => sum + each[key], 0)
    const half = <T>(values: readonly T[], second: boolean) =>
      second ? values.slice(values.length >> 1) : values.slice(0, values.length >> 1)
    const delays = (second: boolean) => results.flatMap(({ delaysMs }) => half(delaysMs, second))
    return {
      minutes: rounded(elapsed()),
      streams,
      scored: total('scored'),
      failed: total('failed'),
      refused: total('refused'),
      blocks: total('blocks'),
      firstHalfP50Ms: rounded(percentile(delays(false), 50)),
      firstHalfP99Ms: rounded(percentile(delays(false), 99)),
      secondHalfP50Ms: rounded(percentile(delays(true), 50)),
      secondHalfP99Ms: rounded(percentile(delays(true), 99)),
      worstMs: rounded([...delays(false), ...delays(true)].reduce((most, delay) => Math.max(most, delay), 0)),
      firstMb: rounded(points[0]![1]),
      lastMb: rounded(points.at(-1)![1]),
      slopeMbPerMinuteAndStream: rounded(slope(points) / streams, 2),
      openStreams: await server.metric('glowcast_streams_open'),
    }
  } finally {
    await server.stop()
  }
}
