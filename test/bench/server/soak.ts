import { parseArgs } from 'node:util'
import { rounded, sleep, slope } from './figures.js'
import { LoadClient } from './load-client.js'
import { ServerProcess } from './server-process.js'
import { soakScoring } from './soak-scoring.js'
import { speechMel } from './speech-mel.js'

/** The first part of a run fills caches and heaps; memory is judged after it. */
const settleShare = 0.25

/** Streams come and go for so many minutes: memory must not grow with them. */
async function soak(minutes: number, streams: number): Promise<void> {
  const server = await ServerProcess.serve('--threads', '2')
  try {
    const speech = await speechMel()
    const client = await LoadClient.connect(server.url)
    const started = performance.now()
    const elapsed = () => (performance.now() - started) / 60_000
    let finished = 0
    let late = 0
    const load = { ...speech, framesAtOnce: 4, paced: true, prebufferMs: 200 }
    const keepRunning = async (slot: number) => {
      for (let round = 0; elapsed() < minutes; round++) {
        const frames = 200 + ((37 * (slot + round)) % 200)
        const result = await client.run(slot, { ...load, frames })
        if (result.outcome !== 'done') {
          if (result.error?.retryable !== true) throw new Error(`stream: ${JSON.stringify(result.error)}`)
          await sleep(result.error.retryAfterMs ?? 1000)
          continue
        }
        if (result.samples !== 256 * result.frames) throw new Error('samples were lost')
        finished += 1
        late += result.late
      }
    }
    const points: [number, number][] = []
    const watch = async () => {
      while (elapsed() < minutes) {
        if (elapsed() > settleShare * minutes) points.push([elapsed(), await server.residentMb()])
        await sleep(2000)
      }
    }
    await Promise.all([watch(), ...Array.from({ length: streams }, (_, slot) => keepRunning(slot))])
    client.close()
    console.table([
      {
        minutes,
        streams,
        finished,
        late,
        firstMb: rounded(points[0]![1]),
        lastMb: rounded(points.at(-1)![1]),
        slopeMbPerMinute: rounded(slope(points), 2),
        openStreams: await server.metric('glowcast_streams_open'),
      },
    ])
  } finally {
    await server.stop()
  }
}

/** `npm run soak [-- --minutes M --streams N]`, or `--scoring N` for scoring streams instead. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    streams: { type: 'string', default: '8' },
    scoring: { type: 'string' },
  },
})
if (values.scoring === undefined) {
  console.log('Soak: streams come and go (wanted: less than 1 MB a minute)')
  await soak(Number(values.minutes), Number(values.streams))
} else {
  console.log(
    'Soak: scoring streams go on (wanted: delays as in the beginning, less than 1 MB a minute each)',
  )
  console.table([await soakScoring(Number(values.minutes), Number(values.scoring))])
}
