import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { ServerLimits } from '../../../server/operations/limits.js'
import { Analysis } from '../../../server/uploads/analysis.js'
import { floatsToBytes } from '../../../src/protocol/messages.js'
import { silentFlac } from '../../audio/files/compressed-bodies.js'
import { MockBackend } from '../mock-backend.js'
import { MockScoring } from '../mock-scoring.js'
import { startTestServer, type TestServer } from '../test-server.js'

const routes = ['/v1/vocode', '/v1/score']
const scoring = new MockScoring()
let backend: MockBackend
let running: TestServer
const sockets: Socket[] = []

async function started(limits: Partial<ServerLimits>): Promise<void> {
  backend = new MockBackend(100)
  running = await startTestServer({ backend, scoring, limits: { drainMs: 100, ...limits } })
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await running.stop()
})

interface RawRequest {
  readonly socket: Socket
  received(): string
  readonly closed: Promise<void>
}

/** The start of a request, byte by byte. */
function begin(
  path: string,
  headers: string,
  body: Uint8Array = new Uint8Array(0),
  type = 'audio/wav',
): RawRequest {
  const { port } = new URL(running.http)
  let text = ''
  const socket = connect(Number(port), '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.on('data', (data) => {
    text += data.toString('latin1')
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: ${type}\r\n${headers}\r\n\r\n`,
  )
  socket.write(body)
  return { socket, received: () => text, closed }
}

const permitOf = (signal: AbortSignal) => ({ signal, requester: { name: 'client', hasToken: false } })

const mel = (frames: number) => floatsToBytes(new Float32Array(frames * 80).fill(-6))

function vocode(body: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${running.http}/v1/vocode?format=f32le`, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'Content-Type': 'application/octet-stream', ...headers },
  })
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let wait = 0; wait < 15_000; wait++) {
    if (await isSo()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect.unreachable('it never came')
}

describe.each(routes)('a body for %s that is too large', (path) => {
  it('is refused by its length before any of it is sent, and the connection is closed', async () => {
    await started({ bodyBytes: 100_000 })
    const { received, closed } = begin(path, 'Content-Length: 1000000000')
    await closed
    expect(received()).toMatch(/^HTTP\/1\.1 413 /)
    expect(received()).toMatch(/^connection: close\r$/im)
    expect(received()).toMatch(/"message":"body: got 1000000000 bytes, expected at most 100000"/)
  })

  it('is refused when too much of it has come, and not read to its end', async () => {
    await started({ bodyBytes: 100_000 })
    let read = 0
    running.server.on('connection', (socket) => {
      socket.on('close', () => {
        read = socket.bytesRead
      })
    })
    const { socket, received, closed } = begin(path, 'Transfer-Encoding: chunked')
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000), Buffer.from('\r\n')])
    const write = () => {
      while (socket.writable && socket.write(chunk));
    }
    socket.on('drain', write)
    write()
    await closed
    expect(received()).toMatch(/^HTTP\/1\.1 413 /)
    await until(() => read > 0)
    // A megabyte is read off so that the client sees the answer; the rest is what is read at a time.
    expect(read).toBeLessThan(2e6)
  })
})

describe('a request that is refused for something else', () => {
  it('is answered before its body has come', async () => {
    await started({})
    const answers = ['/v1/vocode?seed=x', '/v1/sing', '/'].map(async (path) => {
      const { received, closed } = begin(path, 'Content-Length: 1000000000', new Uint8Array(1000))
      await closed
      return received().slice(0, 13)
    })
    expect(await Promise.all(answers)).toEqual(['HTTP/1.1 400 ', 'HTTP/1.1 404 ', 'HTTP/1.1 404 '])
  })
})

describe.each(routes)('slow uploads to %s', (path) => {
  it('do not lock the route', async () => {
    await started({ vocodeRequests: 2, scoreRequests: 2 })
    const slow = Array.from({ length: 8 }, () => begin(path, 'Content-Length: 1000000', new Uint8Array(10)))
    const honest = () =>
      fetch(`${running.http}${path}`, {
        method: 'POST',
        body: new Uint8Array(mel(10)),
        headers: { 'Content-Type': 'application/octet-stream' },
      })
    await until(async () => (await honest()).status === 200)
    expect((await honest()).status).toBe(200)
    await until(() => slow.some(({ received }) => received().startsWith('HTTP/1.1 503 ')))
  })

  it('are ended when they stall, and when they take too long', async () => {
    await started({ uploadStallMs: 300, uploadMs: 2000 })
    const stalling = begin(path, 'Content-Length: 1000000', new Uint8Array(10))
    await stalling.closed
    expect(stalling.received()).toMatch(/^HTTP\/1\.1 408 /)
    expect(stalling.received()).toMatch(/"code":"idle"/)
    await running.stop()
    await started({ uploadStallMs: 60_000, uploadMs: 300 })
    const long = begin(path, 'Content-Length: 1000000', new Uint8Array(10))
    await long.closed
    expect(long.received()).toMatch(/^HTTP\/1\.1 408 /)
    expect(long.received()).toMatch(/only a part within 0.3 s/)
  })
})

describe('an answer that is not read', () => {
  const asked = (frames: number) => {
    const body = mel(frames)
    const headers = `Content-Length: ${body.length}\r\nAccept: audio/pcm`
    return begin('/v1/vocode?format=f32le', headers, body, 'application/octet-stream')
  }

  it('is broken off, and its stream is freed', async () => {
    await started({ answerStallMs: 300 })
    // 25 MB of audio: more than the kernel takes.
    const { socket } = asked(24_000)
    socket.pause()
    await until(() => backend.open === 1)
    await until(() => backend.open === 0)
  })

  it('does not keep others out', async () => {
    await started({ vocodeRequests: 1 })
    const lazy = asked(24_000)
    lazy.socket.pause()
    await until(() => backend.open === 1)
    await until(async () => (await vocode(mel(10))).status === 200)
    await until(() => backend.open === 1)
    expect(lazy.socket.readyState).toBe('open')
  })
})

describe('an encoded body', () => {
  it('is taken when it is known, whole and small enough', async () => {
    await started({ bodyBytes: 100_000 })
    const status = async (body: Uint8Array, encoding: string) => {
      const response = await vocode(body, { 'Content-Encoding': encoding })
      const { error } = response.ok
        ? { error: { code: 'none' } }
        : ((await response.json()) as { error: { code: string } })
      return [response.status, error.code]
    }
    const frames = mel(20)
    expect(await status(gzipSync(frames), 'gzip')).toEqual([200, 'none'])
    expect(await status(gzipSync(new Uint8Array(50e6)), 'gzip')).toEqual([413, 'payload_too_large'])
    expect(await status(gzipSync(frames).subarray(0, -10), 'gzip')).toEqual([400, 'invalid_message'])
    expect(await status(frames, 'gzip')).toEqual([400, 'invalid_message'])
    expect(await status(frames, 'zip')).toEqual([415, 'unsupported_media_type'])
  })
})

describe('a client that hangs up', () => {
  it.each(routes)('leaves nothing of an upload to %s', async (path) => {
    await started({ vocodeRequests: 1, scoreRequests: 1, bodyBytes: 100_000 })
    for (let round = 0; round < 8; round++) {
      const { socket } = begin(path, 'Content-Length: 90000', new Uint8Array(80_000))
      await new Promise((resolve) => setTimeout(resolve, 20))
      socket.destroy()
    }
    // Eight bodies are more than may be held, and four more than may be open.
    await until(async () => (await vocode(mel(10))).status === 200)
  })

  it('has its job ended, in the queue and under way', async () => {
    await started({})
    const analysis = new Analysis((error) => {
      throw error
    })
    try {
      // Five minutes at 192 kHz in two channels: half a minute of resampling, in 115 KB.
      const long = () =>
        new Uint8Array(
          Buffer.concat([silentFlac(438, { rate: 192_000, channels: 2 }), new Uint8Array(100_000)]),
        )
      const job = (bytes: Uint8Array<ArrayBuffer>) => ({ kind: 'audio', bytes, maxSeconds: 300 }) as const
      const [first, second] = [new AbortController(), new AbortController()]
      const results = [
        analysis.run(job(long()), permitOf(first.signal)),
        analysis.run(job(long()), permitOf(second.signal)),
      ]
      const ends = results.map((result) => expect(result).rejects.toThrow('hung up'))
      second.abort(new Error('hung up'))
      await ends[1]
      first.abort(new Error('hung up'))
      await ends[0]
      const frames = new Uint8Array(mel(10))
      const { mel: analysed, warnings } = await analysis.run(
        { ...job(frames), kind: 'mel' },
        permitOf(new AbortController().signal),
      )
      expect([analysed.frames, warnings]).toEqual([10, []])
    } finally {
      await analysis.stop()
    }
  })
})
