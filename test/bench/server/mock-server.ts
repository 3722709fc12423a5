import { pino } from 'pino'
import { createGlowcast, defaultLimits } from '../../../server/index.js'
import { MockBackend } from '../../server/mock-backend.js'
import { MockScoring } from '../../server/mock-scoring.js'
import { serveUntilStopped } from './serve-until-stopped.js'

/** A server process whose synthesis costs nothing: what is measured is the transport. */
const [capacity = 600, brokenMessages = defaultLimits.brokenMessages] = process.argv.slice(2).map(Number)
/** One client is all there is here, and it sends as much as it can. */
const boundless = {
  streamsPerClient: capacity,
  messagesPerSecond: 1e6,
  opensPerSecond: 1e6,
  bytesPerSecond: 1e9,
}
const glowcast = await createGlowcast({
  backend: new MockBackend(capacity),
  scoring: new MockScoring(),
  log: pino({ level: 'error' }),
  limits: { sockets: 2000, brokenMessages, ...boundless },
})
serveUntilStopped(glowcast, capacity)
