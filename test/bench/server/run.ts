import { loadavg } from 'node:os'
import { adversary } from './adversary.js'
import { fuzz } from './fuzz.js'
import { ramp, singleStream } from './live.js'
import { overload } from './overload.js'
import { scoring } from './scoring.js'
import { sigterm } from './sigterm.js'
import { stalled } from './stalled.js'
import { transport } from './transport.js'

interface Part {
  readonly wanted: string
  run(): Promise<object[]>
}

const parts: Record<string, Part> = {
  single: {
    wanted: 'one stream, time to first audio from the frames that suffice: p99 50 ms',
    run: () => singleStream(2),
  },
  ramp: {
    wanted: 'streams in real time up to the cap: none late, p99 TTFA 150 ms, 40 on two cores',
    run: async () => [...(await ramp(1)), ...(await ramp(2))],
  },
  transport: {
    wanted: '500 streams past a mock: added delay p99 25 ms, nothing lost, 250 MB',
    run: async () => [await transport()],
  },
  overload: {
    wanted: 'ten times the cap: refused within 50 ms, p99 of those let in moves by less than 10 %',
    run: async () => [await overload(2)],
  },
  adversary: {
    wanted: 'streams beside an adversary: p99 moves by less than 20 %, none late, memory returns',
    run: () => adversary(2),
  },
  scoring: {
    wanted: 'scores within 250 ms of their samples; streams of speech beside scoring: none late',
    run: () => scoring(2),
  },
  stalled: {
    wanted: 'a client that does not read: at most 512 KiB queued, terminated after 10 s',
    run: async () => [await stalled()],
  },
  sigterm: {
    wanted: 'SIGTERM under load: done with exact samples or error with the last, exit within 25 s',
    run: async () => [await sigterm(2, 16)],
  },
  fuzz: {
    wanted: 'a million broken messages: the server lives, and leaks nothing',
    run: async () => [await fuzz()],
  },
}

/** `npm run bench:server [-- PART…]`: the figures of the server, on loopback. */
const names = process.argv.slice(2)
for (const name of names.length > 0 ? names : Object.keys(parts)) {
  const part = parts[name]
  if (part === undefined) throw new Error(`got ${name}, expected some of ${Object.keys(parts).join(', ')}`)
  console.log(`\n${name}: ${part.wanted} (load of the machine before: ${loadavg()[0]!.toFixed(1)})`)
  console.table(await part.run())
}
