import { afterEach, describe, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import { lastOfUtterance } from '../../../src/protocol/messages.js'
import { joined } from '../../audio/chunks.js'
import { MockBackend, mockMel, mockSample } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

const hop = mockMel.hopLength
let backend: MockBackend
let running: TestServer | undefined
const clients: RawClient[] = []

async function started(limits: object = {}): Promise<TestServer> {
  backend = new MockBackend()
  running = await startTestServer({ backend, limits: { drainMs: 50, ...limits } })
  return running
}

async function connected(): Promise<RawClient> {
  const client = await RawClient.connect(running!.url)
  clients.push(client)
  return client
}

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate()
  await running?.stop()
  expect(backend.open).toBe(0)
})

/** Frames of a quiet mel. */
function mel(frames: number): Float32Array {
  return new Float32Array(frames * 80).fill(-6)
}

/** As loud speech in log10: louder and smoother than natural logarithms of anything are. */
function log10Mel(frames: number): Float32Array {
  const values = new Float32Array(frames * 80)
  return values.map((_, i) => -2.5 + 0.2 * Math.sin(i) + Math.sin(i / 800) - (i % 80) / 100)
}

function expectMock(samples: Float32Array, frames: number, seed = 0): void {
  expect(samples).toHaveLength(frames * hop)
  const wrong = samples.findIndex((value, n) => value !== mockSample(n, seed))
  expect(wrong).toBe(-1)
}

describe('a stream', () => {
  it('gives frames * hopLength samples for any chunking, in both formats, beside its neighbours', async () => {
    await started()
    const client = await connected()
    const random = new RandomStream(5, 1)
    const streams = Array.from({ length: 8 }, (_, id) => ({
      id: 1000 * id,
      frames: 1 + random.integer(120),
      sent: 0,
      sequence: 0,
    }))
    for (const { id } of streams) client.open(id, { seed: id, format: id % 2000 === 0 ? 's16le' : 'f32le' })
    while (streams.some(({ sent, frames }) => sent < frames)) {
      const stream = streams[random.integer(streams.length)]!
      if (stream.sent === stream.frames) continue
      const count = Math.min(stream.frames - stream.sent, random.integer(9))
      client.mel(stream.id, stream.sequence++, stream.sent, mel(count))
      stream.sent += count
      if (count > 0 && stream.sent === stream.frames) client.send({ type: 'end', stream: stream.id })
    }
    for (const { id, frames } of streams) {
      const done = await client.next('done', id)
      expect(done).toMatchObject({ frames, samples: frames * hop })
      expect(done.ttfaMs).toBeGreaterThan(0)
      expectMock(client.samples(id, id % 2000 === 0 ? 's16le' : 'f32le'), frames, id)
    }
  })

  it('tells flushes apart, with what belongs to each', async () => {
    await started()
    const client = await connected()
    client.open(1)
    client.mel(1, 0, 0, mel(5))
    client.send({ type: 'flush', stream: 1 })
    client.mel(1, 1, 5, mel(3))
    client.send({ type: 'flush', stream: 1 })
    client.send({ type: 'end', stream: 1 })
    await client.next('done', 1)
    const ends = client.received.filter(({ type }) => type === 'flushed' || type === 'done')
    expect(ends).toMatchObject([
      { type: 'flushed', frames: 5, samples: 5 * hop },
      { type: 'flushed', frames: 8, samples: 8 * hop },
      { type: 'done', frames: 8, samples: 8 * hop },
    ])
    expect(ends[2]).not.toHaveProperty('ttfaMs')
    const flags = client.received.flatMap((message) => (message.type === 'pcm' ? [message.frame] : []))
    const last = flags.filter((frame) => frame.flags === lastOfUtterance)
    expect(last.map(({ position }) => position)).toEqual([5 * hop, 8 * hop, 8 * hop])
    expectMock(client.samples(1), 8)
  })

  it('gets no PCM after it was cancelled, and its number can be used again', async () => {
    await started()
    const client = await connected()
    client.open(7, { credit: 3000 })
    client.mel(7, 0, 0, mel(400))
    await client.until(() => client.samples(7).length >= 3000)
    client.send({ type: 'cancel', stream: 7 })
    client.mel(7, 1, 400, mel(10))
    expect(await client.next('cancelled', 7)).toMatchObject({ samples: 3000 })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(client.received.at(-1)?.type).toBe('cancelled')
    client.received.length = 0
    client.open(7)
    client.mel(7, 0, 0, mel(2))
    client.send({ type: 'end', stream: 7 })
    expect(await client.next('done', 7)).toMatchObject({ frames: 2 })
    expectMock(client.samples(7), 2)
  })

  it('sends to the sample what was granted', async () => {
    await started()
    const client = await connected()
    client.open(1, { credit: 1 })
    client.mel(1, 0, 0, mel(40))
    client.send({ type: 'end', stream: 1 })
    let granted = 1
    for (const more of [99, 1, 2000, 5000]) {
      await client.until(() => client.samples(1).length === granted, `${granted} samples`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(client.samples(1)).toHaveLength(granted)
      granted += more
      client.send({ type: 'credit', stream: 1, samples: more })
    }
    client.send({ type: 'credit', stream: 1, samples: 1e9 })
    await client.next('done', 1)
    expectMock(client.samples(1), 40)
  })

  it('takes as many frames as were granted, and grants more as audio is made', async () => {
    await started({ framesAhead: 64 })
    const client = await connected()
    client.open(1, { credit: 1 })
    expect(await client.next('opened', 1)).toMatchObject({ credit: 64 })
    client.mel(1, 0, 0, mel(64))
    await new Promise((resolve) => setTimeout(resolve, 30))
    client.send({ type: 'credit', stream: 1, samples: 1e9 })
    const { frames } = await client.next('credit', 1)
    expect(frames).toBeGreaterThanOrEqual(16)
    client.mel(1, 1, 64, mel(65))
    expect(await client.next('error', 1)).toMatchObject({ code: 'credit_exceeded', retryable: false })
  })

  it('takes mels of any scale where the client says so', async () => {
    await started()
    const client = await connected()
    client.open(1, { melScaleCheck: 'off' })
    client.mel(1, 0, 0, log10Mel(40))
    client.send({ type: 'end', stream: 1 })
    expect(await client.next('done', 1)).toMatchObject({ frames: 40 })
  })

  it('converts mels of the convention that the client names', async () => {
    await started()
    const client = await connected()
    client.open(1, { melConvention: '{"like":"nvidia-22k","logBase":"10"}' })
    client.mel(1, 0, 0, log10Mel(40))
    client.send({ type: 'end', stream: 1 })
    expect(await client.next('done', 1)).toMatchObject({ frames: 40 })
  })

  it.each(['tacotron', 'kaldi', 'parallel-wavegan', 'vocos', '{"like":"nvidia-22k","fMax":7600}'])(
    'refuses the convention %s',
    async (melConvention) => {
      await started()
      const client = await connected()
      client.open(1, { melConvention })
      const error = await client.next('error', 1)
      expect(error).toMatchObject({ code: 'invalid_argument' })
      expect(error.message).toMatch(/^melConvention: /)
    },
  )

  const wrong: [string, string, (client: RawClient) => void][] = [
    ['out_of_sequence', 'sequence', (client) => client.mel(1, 5, 0, mel(1))],
    ['out_of_sequence', 'position', (client) => client.mel(1, 0, 1, mel(1))],
    ['invalid_mel', 'payload', (client) => client.mel(1, 0, 0, new Float32Array(81))],
    ['invalid_mel', 'mel frame 1', (client) => client.mel(1, 0, 0, mel(2).fill(Number.NaN, 100))],
    ['invalid_mel', 'mel frame 0', (client) => client.mel(1, 0, 0, mel(1).fill(-40))],
    ['invalid_mel', 'mel', (client) => client.mel(1, 0, 0, mel(64).fill(0.5))],
    ['invalid_mel', 'mel', (client) => client.mel(1, 0, 0, joined([mel(9), new Float32Array(80)]))],
    ['invalid_mel', 'mel', (client) => client.mel(1, 0, 0, log10Mel(40))],
    ['limit_exceeded', 'payload', (client) => client.mel(1, 0, 0, mel(2049))],
    ['invalid_message', 'samples', (client) => client.send({ type: 'credit', stream: 1, samples: -1 })],
    ['invalid_message', 'colour', (client) => client.send({ type: 'flush', stream: 1, colour: 'red' })],
  ]
  it.each(wrong)('ends with %s in %s, and leaves its neighbour alone', async (code, field, act) => {
    await started()
    const client = await connected()
    client.open(1)
    client.open(2, { seed: 2 })
    client.mel(2, 0, 0, mel(10))
    await client.next('opened', 2)
    act(client)
    expect(await client.next('error', 1)).toMatchObject({ code, field, samples: 0 })
    client.mel(2, 1, 10, mel(10))
    client.send({ type: 'end', stream: 2 })
    expect(await client.next('done', 2)).toMatchObject({ frames: 20 })
    expectMock(client.samples(2), 20, 2)
  })

  const refused: [string, string, object][] = [
    ['mel_mismatch', 'mel.fMax', { mel: { ...mockMel, fMax: 11_025 } }],
    ['mel_mismatch', 'mel.melScale', { mel: { ...mockMel, melScale: 'htk' } }],
    ['invalid_message', 'mel.power', { mel: { ...mockMel, power: 3 } }],
    ['unknown_model', 'model', { model: 'other' }],
    ['invalid_argument', 'melProjections', { melProjections: 2 }],
    ['invalid_argument', 'quality', { quality: 'best', melProjections: 1 }],
    ['invalid_message', 'quality', { quality: 'good' }],
    ['invalid_message', 'temperature', { temperature: 3 }],
    ['invalid_message', 'format', { format: 'mp3' }],
  ]
  it.each(refused)('is not opened: %s in %s', async (code, field, options) => {
    await started()
    const client = await connected()
    client.open(3, options)
    expect(await client.next('error', 3)).toMatchObject({ code, field, retryable: false })
    expect(backend.open).toBe(0)
  })

  it('is not opened twice, nor spoken to before, and takes nothing after its end', async () => {
    await started()
    const client = await connected()
    client.open(1, { credit: 1 })
    client.open(1)
    expect(await client.next('error')).toMatchObject({ code: 'stream_exists' })
    client.send({ type: 'flush', stream: 9 })
    expect(await client.next('error', 9)).toMatchObject({ code: 'unknown_stream' })
    client.mel(1, 0, 0, mel(1))
    await client.until(() => client.samples(1).length === 1)
    client.send({ type: 'end', stream: 1 })
    client.mel(1, 1, 1, mel(1))
    expect(await client.next('error', 1)).toMatchObject({ code: 'invalid_argument', samples: 1 })
  })

  it('is told when its thread dies, with the last sample', async () => {
    await started()
    const client = await connected()
    client.open(1)
    client.mel(1, 0, 0, mel(10))
    await client.until(() => client.samples(1).length === 10 * hop)
    backend.crash()
    expect(await client.next('error', 1)).toMatchObject({
      code: 'synthesis_failed',
      retryable: true,
      samples: 10 * hop,
    })
  })
})

describe('a connection', () => {
  it('is limited in streams and in flushes', async () => {
    await started({ streamsPerSocket: 2, flushesAhead: 3 })
    const client = await connected()
    client.open(1)
    client.open(2, { credit: 1 })
    client.open(3)
    expect(await client.next('error', 3)).toMatchObject({ code: 'limit_exceeded' })
    client.mel(2, 0, 0, mel(1))
    for (let flush = 0; flush < 4; flush++) client.send({ type: 'flush', stream: 2 })
    expect(await client.next('error', 2)).toMatchObject({ code: 'limit_exceeded', field: 'flush' })
  })

  it('is closed after too many broken messages, and for one that is too large', async () => {
    await started({ brokenMessages: 5, messageBytes: 4096 })
    const client = await connected()
    for (const text of ['{', '[]', 'null', '{"type":"sing"}', '1']) client.socket.send(text)
    await client.until(() => client.closed !== undefined)
    expect(client.closed).toMatchObject({ code: 1008 })
    expect(client.received.filter(({ type }) => type === 'error')).toHaveLength(5)
    const other = await connected()
    other.socket.send(new Uint8Array(5000))
    await other.until(() => other.closed !== undefined)
    expect(other.closed).toMatchObject({ code: 1009 })
  })

  it('is closed when idle, after its streams were', async () => {
    await started({ idleMs: 200 })
    const client = await connected()
    client.open(1)
    expect(await client.next('error', 1)).toMatchObject({ code: 'idle', retryable: true })
    await client.until(() => client.closed !== undefined)
    expect(client.closed).toMatchObject({ code: 1000, reason: 'idle' })
  })

  it('is terminated when it does not answer pings', async () => {
    await started({ heartbeatMs: 100 })
    const client = await connected()
    client.socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 400))
    client.socket.resume()
    await client.until(() => client.closed !== undefined)
    expect(client.closed).toMatchObject({ code: 1006 })
  })

  it('leaves upgrades for other paths to other listeners, and answers when there are none', async () => {
    const { server, url } = await started()
    const elsewhere = url.replace('/v1/stream', '/other')
    expect((await RawClient.refused(elsewhere)).status).toBe(404)
    const seen: string[] = []
    server.on('upgrade', (request, socket) => {
      if (request.url !== '/other') return
      seen.push(request.url)
      socket.end('HTTP/1.1 418 Teapot\r\n\r\n')
    })
    expect((await RawClient.refused(elsewhere)).status).toBe(418)
    expect(seen).toEqual(['/other'])
  })
})
