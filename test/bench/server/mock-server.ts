import { pino } from 'pino'
import { createGlowcast, defaultLimits } from '../../../server/plugin.js'
import { MockBackend } from '../../server/mock-backend.js'
import { MockScoring } from '../../server/mock-scoring.js'
import { serveUntilStopped } from './serve-until-stopped.js'

/** A server process whose synthesis costs nothing: what is measured is the transport. */
const [capacity = 600, brokenMessages = defaultLimits.brokenMessages] = process.argv.slice(2).map(Number)
const glowcast = await createGlowcast({
  backend: new MockBackend(capacity),
  scoring: new MockScoring(),
  log: pino({ level: 'error' }),
  limits: { sockets: 2000, brokenMessages },
})
serveUntilStopped(glowcast, capacity)
