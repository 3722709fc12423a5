import { parseArgs } from 'node:util'
import { brokenBounds } from '../attack/bounds.js'
import { rounded, sleep, slope } from '../figures.js'
import { LoadClient } from '../load-client.js'
import { ServerProcess } from '../server-process.js'
import { speechMel } from '../speech-mel.js'
import { soakScoring } from './scoring.js'
import { keepSpeaking } from './speech.js'

/** The first part of a run fills caches and heaps; memory is judged after it. */
const settleShare = 0.25

/** Of a run that shows whether memory grows. */
const steadyMinutes = 10

/** Of what is wrong. */
const maxReported = 50

/** Streams come and go for so many minutes: memory must not grow with them. */
async function soak(minutes: number, streams: number): Promise<string[]> {
  const server = await ServerProcess.serve('--threads', '2')
  try {
    const speech = await speechMel()
    const client = await LoadClient.connect(server.url)
    const started = performance.now()
    const elapsed = () => (performance.now() - started) / 60_000
    const load = { ...speech, framesAtOnce: 4, paced: true, prebufferMs: 200 }
    const points: [number, number][] = []
    const watch = async () => {
      while (elapsed() < minutes) {
        if (elapsed() > settleShare * minutes) points.push([elapsed(), await server.residentMb()])
        await sleep(2000)
      }
    }
    const isOver = () => elapsed() >= minutes
    const speaking = Array.from({ length: streams }, (_, slot) => keepSpeaking(client, slot, load, isOver))
    const [spoken] = await Promise.all([Promise.all(speaking), watch()])
    client.close()
    const rows = [
      {
        minutes,
        streams,
        finished: spoken.reduce((sum, { finished }) => sum + finished, 0),
        late: spoken.reduce((sum, { late }) => sum + late, 0),
        firstMb: rounded(points[0]![1]),
        lastMb: rounded(points.at(-1)![1]),
        slopeMbPerMinute: rounded(slope(points), 2),
        grownMb: rounded(points.at(-1)![1] - points[0]![1]),
        openStreams: await server.metric('glowcast_streams_open'),
      },
    ]
    console.table(rows)
    return brokenBounds('soak', rows, [
      { column: 'finished', min: streams },
      { column: 'late', is: 0 },
      { column: 'openStreams', is: 0 },
      // Below some minutes the slope is that of a heap which breathes.
      minutes < steadyMinutes ? { column: 'grownMb', max: 30 } : { column: 'slopeMbPerMinute', max: 1 },
    ])
  } finally {
    await server.stop()
  }
}

/** `npm run soak [-- --minutes M --streams N]`; with `--scoring N` so many scoring streams and a hostile client beside them. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    streams: { type: 'string', default: '8' },
    scoring: { type: 'string' },
  },
})
const [minutes, streams] = [Number(values.minutes), Number(values.streams)]
const wrong: string[] = []
if (values.scoring === undefined) {
  console.log('Soak: streams come and go (wanted: none late, less than 1 MB a minute)')
  wrong.push(...(await soak(minutes, streams)))
} else {
  console.log(
    'Soak: scoring beside speech and a hostile client (wanted: all scores right, p99 250 ms, no chunk late, 1 MB a minute)',
  )
  const options = { scoring: Number(values.scoring), speaking: streams }
  const scored = await soakScoring(minutes, options)
  for (const table of scored.tables) console.table(table)
  wrong.push(...scored.wrong)
}
for (const what of wrong.slice(0, maxReported)) console.error(`wrong: ${what}`)
console.log(`${wrong.length} wrong`)
if (wrong.length > 0) process.exitCode = 1
