import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { createApp } from '../../../server/app.js'
import { createGlowcast, defaultLimits } from '../../../server/plugin.js'
import { MockBackend } from '../../server/mock-backend.js'
import { MockScoring } from '../../server/mock-scoring.js'

/** A server process whose synthesis costs nothing: what is measured is the transport. */
const [capacity = 600, brokenMessages = defaultLimits.brokenMessages] = process.argv.slice(2).map(Number)
const glowcast = await createGlowcast({
  backend: new MockBackend(capacity),
  scoring: new MockScoring(),
  log: pino({ level: 'error' }),
  limits: { sockets: 2000, brokenMessages },
})
const server = createServer(createApp(glowcast))
glowcast.attach(server)
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  console.log(`http://127.0.0.1:${port}/ and carries ${capacity}`)
})
process.once('SIGTERM', () => {
  void glowcast.stop().then(() => server.close())
})
