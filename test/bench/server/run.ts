import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { adversary, attackParts } from './attack/adversary.js'
import { bodies } from './attack/bodies.js'
import { type Bound, brokenBounds } from './attack/bounds.js'
import { fuzz } from './attack/fuzz.js'
import { overload } from './attack/overload.js'
import { sigterm } from './attack/sigterm.js'
import { stalled } from './attack/stalled.js'
import { ramp, singleStream } from './live.js'
import { scoring } from './scoring.js'
import { transport } from './transport.js'

interface Part {
  readonly wanted: string
  readonly bounds: readonly Bound[]
  /** @param seconds of each of its turns, where it lasts as long as one likes; absent: its own */
  run(seconds?: number): Promise<object[]>
}

const parts: Record<string, Part> = {
  single: {
    wanted: 'one stream, time to first audio from the frames that suffice: p99 50 ms',
    bounds: [{ column: 'ttfaP99Ms', max: 50 }],
    run: () => singleStream(2),
  },
  ramp: {
    wanted: 'streams in real time up to the cap: none late, p99 TTFA 150 ms, 40 on two cores',
    bounds: [
      { column: 'late', is: 0 },
      { column: 'ttfaP99Ms', max: 150 },
      { column: 'maxOnTwo', min: 40 },
    ],
    run: async () => {
      const [one, two] = [await ramp(1), await ramp(2)]
      return [...one, ...two, { maxOnTwo: Math.max(...two.map(({ streams }) => streams)) }]
    },
  },
  transport: {
    wanted: '500 streams past a mock: added delay p99 25 ms, nothing lost, 250 MB',
    bounds: [
      { column: 'addedP99Ms', max: 25 },
      { column: 'unfinished', is: 0 },
      { column: 'samplesLost', is: 0 },
      { column: 'serverMb', max: 250 },
    ],
    run: async () => [await transport()],
  },
  overload: {
    wanted: 'ten times the cap: refused within 50 ms, p99 of those let in moves by less than 10 %',
    bounds: [
      { column: 'refusalP99Ms', max: 50 },
      { column: 'refused', min: 1 },
      { column: 'answered', is: 'knocks' },
      // Otherwise the machine has other work, and the rest says nothing.
      { column: 'lateAlone', is: 0 },
      { column: 'movedPercent', max: 10 },
      { column: 'late', is: 0 },
      { column: 'unfinished', is: 0 },
    ],
    run: async (seconds) => [await overload(2, seconds)],
  },
  adversary: {
    wanted: 'streams beside an adversary: p99 moves by less than 20 %, none late, memory returns',
    bounds: [
      // Otherwise the machine has other work, and the rest says nothing.
      { column: 'allLateAlone', is: 0 },
      // Of fewer chunks, one in a hundred is chance.
      { column: 'chunksAlone', min: 1000 },
      { column: 'chunksBeside', min: 1000 },
      { column: 'partsSent', is: attackParts },
      { column: 'allMovedPercent', max: 20 },
      { column: 'allLate', is: 0 },
      { column: 'allUnfinished', is: 0 },
      { column: 'grownMb', max: 50 },
    ],
    run: (seconds) => adversary(2, seconds),
  },
  scoring: {
    wanted: 'scores within 250 ms of their samples; streams of speech beside scoring: none late',
    bounds: [
      { column: 'scoreP99Ms', max: 250 },
      { column: 'speechLate', is: 0 },
    ],
    run: () => scoring(2),
  },
  stalled: {
    wanted: 'a client that does not read: at most 512 KiB queued, terminated after 10 s',
    bounds: [
      { column: 'maxQueuedKib', max: 512 },
      { column: 'terminatedAfterS', max: 12 },
      { column: 'neighboursDone', is: 'neighbours' },
    ],
    run: async () => [await stalled()],
  },
  sigterm: {
    wanted: 'SIGTERM under load: done with exact samples or error with the last, exit within 25 s',
    bounds: [
      { column: 'doneExact', is: 'done' },
      { column: 'errorsWithLastSample', is: 'errors' },
      { column: 'neither', is: 0 },
      { column: 'exitCode', is: 0 },
      { column: 'exitAfterS', max: 25 },
    ],
    run: async () => [await sigterm(2, 16)],
  },
  fuzz: {
    wanted: 'a million broken messages: the server lives, and grows by less than 30 MB in the second half',
    bounds: [
      { column: 'messages', min: 1 },
      { column: 'missing', is: 0 },
      { column: 'grownMb', max: 30 },
      { column: 'openStreams', is: 0 },
    ],
    run: async (seconds) => [await fuzz(seconds)],
  },
  bodies: {
    wanted: 'small bodies of hours: refused, and at most 400 MB more for it',
    bounds: [
      { column: 'status', is: 400 },
      { column: 'grownMb', max: 400 },
    ],
    run: bodies,
  },
}

/** `npm run bench:server [-- PART… --seconds S]`: the figures of the server, on loopback. */
const { positionals: names, values } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' } },
})
const seconds = values.seconds === undefined ? undefined : Number(values.seconds)
if (seconds !== undefined && !(seconds >= 1)) {
  throw new Error(`--seconds: got ${values.seconds}, expected a number of at least 1`)
}
for (const name of names.length > 0 ? names : Object.keys(parts)) {
  const part = parts[name]
  if (part === undefined) throw new Error(`got ${name}, expected some of ${Object.keys(parts).join(', ')}`)
  console.log(`\n${name}: ${part.wanted} (load of the machine before: ${loadavg()[0]!.toFixed(1)})`)
  const rows = await part.run(seconds)
  console.table(rows)
  for (const line of brokenBounds(name, rows, part.bounds)) {
    console.error(`wrong: ${line}`)
    process.exitCode = 1
  }
}
