import { afterEach, describe, expect, it } from 'vitest'
import type { StreamEvents, SynthesisBackend } from '../../../server/synthesis/backend.js'
import type { SynthesisOptions } from '../../../src/synthesis/options.js'
import { MockBackend } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

/** A mock whose stream with the seed 13 misbehaves in one way. */
class BrokenBackend extends MockBackend implements SynthesisBackend {
  events: StreamEvents | undefined

  constructor(private readonly fault: 'grant' | 'close' | 'audio' | 'totals') {
    super()
  }

  override openStream(options: SynthesisOptions, credit: number, events: StreamEvents) {
    const stream = super.openStream(options, credit, events)
    if (options.seed !== 13) return stream
    const fail = () => {
      throw new Error(`a broken ${this.fault}`)
    }
    setImmediate(() => {
      if (this.fault === 'audio') events.audio(undefined as unknown as Float32Array)
      if (this.fault === 'totals') events.utteranceEnded(undefined as never)
    })
    if (this.fault === 'grant') return { ...stream, grant: fail }
    if (this.fault === 'close') {
      return { ...stream, close: () => stream.close().then(fail) }
    }
    return stream
  }
}

let running: TestServer | undefined

afterEach(() => running?.stop())

const mel = (frames: number) => new Float32Array(frames * 80).fill(-6)

describe('a mistake in what a backend calls back', () => {
  it.each(['grant', 'close', 'audio', 'totals'] as const)(
    '(%s) costs its connection alone',
    async (fault) => {
      running = await startTestServer({ backend: new BrokenBackend(fault), limits: { drainMs: 50 } })
      const neighbour = await RawClient.connect(running.url)
      neighbour.open(1)
      const client = await RawClient.connect(running.url)
      client.open(1, { seed: 13 })
      client.mel(1, 0, 0, mel(800))
      client.send({ type: 'end', stream: 1 })
      await client.until(() => client.closed !== undefined, 'the connection to close')
      expect(client.closed).toMatchObject({ code: 1011 })
      neighbour.mel(1, 0, 0, mel(10))
      neighbour.send({ type: 'end', stream: 1 })
      expect(await neighbour.next('done', 1)).toMatchObject({ frames: 10 })
      neighbour.socket.terminate()
    },
  )
})
