import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp } from '../../../server/app.js'
import type { createGlowcast } from '../../../server/index.js'

/** Serves on a free port, prints what `server-process.ts` waits for, and ends with SIGTERM. */
export function serveUntilStopped(
  glowcast: Awaited<ReturnType<typeof createGlowcast>>,
  capacity: number,
): void {
  const server = createServer(createApp(glowcast))
  glowcast.attach(server)
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    console.log(`http://127.0.0.1:${port}/ and carries ${capacity}`)
  })
  process.once('SIGTERM', () => {
    void glowcast.stop().then(() => server.close())
  })
}
