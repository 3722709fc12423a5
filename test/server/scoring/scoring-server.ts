import { afterEach } from 'vitest'
import type { ServerLimits } from '../../../server/operations/limits.js'
import { MockBackend } from '../mock-backend.js'
import { MockScoring } from '../mock-scoring.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

/** Hz, of the recordings that tests send. */
export const rate = 8000

/** What opens a scoring stream. */
export const score = (stream: number, options: object = {}) => ({
  type: 'score',
  stream,
  sampleRate: rate,
  ...options,
})

/** For each test of a file a server whose scoring costs nothing. */
export function useScoringServer() {
  let running: TestServer
  let scoring: MockScoring
  afterEach(() => running.stop())
  return {
    get running(): TestServer {
      return running
    },
    get scoring(): MockScoring {
      return scoring
    },
    /** Starts it. @returns a client */
    async start(
      limits: Partial<ServerLimits> = {},
      capacity = 100,
      settings: { scoring?: false } = {},
    ): Promise<RawClient> {
      scoring = new MockScoring()
      running = await startTestServer({
        backend: new MockBackend(capacity),
        scoring,
        limits: { drainMs: 100, ...limits },
        ...settings,
      })
      return RawClient.connect(running.url)
    },
  }
}
