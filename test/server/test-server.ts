import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { createApp } from '../../server/app.js'
import { createHttpServer, serveRequests } from '../../server/http/http-server.js'
import { RequestRate } from '../../server/http/request-rate.js'
import { createGlowcast, type Glowcast, type GlowcastOptions } from '../../server/index.js'
import { checkedLimits } from '../../server/operations/limits.js'
import { built } from '../built.js'

export interface TestServer {
  readonly glowcast: Glowcast
  readonly server: Server
  readonly http: string
  readonly url: string
  stop(): Promise<void>
}

/** A server on a free loopback port. */
export async function startTestServer(options: GlowcastOptions): Promise<TestServer> {
  // Its threads are modules of the build.
  await built('server', 'wasm')
  const limits = { ...checkedLimits(options.limits ?? {}), trustedProxies: 0 }
  const requests = new RequestRate(limits)
  const glowcast = await createGlowcast({ log: pino({ level: 'silent' }), ...options, requests })
  const server = createHttpServer(limits)
  serveRequests(server, createApp(glowcast), requests)
  glowcast.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    glowcast,
    server,
    http: `http://127.0.0.1:${port}`,
    url: `ws://127.0.0.1:${port}/v1/stream`,
    async stop() {
      await glowcast.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
