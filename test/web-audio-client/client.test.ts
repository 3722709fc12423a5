import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { ConnectionState } from '../../web-audio-client/connection/connection-state.js'
import type { GlowcastStream } from '../../web-audio-client/streams/synthesis/stream.js'
import { eventually } from '../eventually.js'
import { useScriptedServer } from './scripted-client.js'
import { mel, synthesis } from './scripted-server.js'

const scripted = useScriptedServer()

const options = { mel, format: 'f32le', seed: 3, aheadSamples: 4096 } as const
const frames = (count: number, from = 0) => Array.from({ length: count }, (_, i) => [(from + i) % 13, 1])
const flat = (rows: readonly number[][]) => Float32Array.from(rows.flat())

async function collect(stream: GlowcastStream): Promise<number[]> {
  const samples: number[] = []
  for await (const chunk of stream) {
    expect(chunk.position).toBe(samples.length)
    samples.push(...chunk.samples)
  }
  return samples
}

describe('GlowcastClient', () => {
  it('brings the samples of all frames, whatever the credit and the size of messages', async () => {
    const stream = scripted.start({ frameCredit: 5 }).open(options)
    const all = frames(100)
    const heard = collect(stream)
    await stream.write(flat(all.slice(0, 3)))
    await stream.write(flat(all.slice(3)))
    const figures = await stream.end()
    expect(await heard).toEqual(synthesis(all, 3))
    expect(figures).toMatchObject({ frames: 100, samples: 400 })
    expect(stream.traffic).toMatchObject({ bytesSent: 800, bytesReceived: 1600, resumed: 0 })
  })

  it('asks for what its options say, and for nothing else', async () => {
    const asked = {
      temperature: 0.5,
      pitchSemitones: -2,
      quality: 'fast',
      sharpen: 0.2,
      comb: true,
      melScaleCheck: 'off',
      melConvention: 'matcha',
    } as const
    const stream = scripted.start().open({ ...options, ...asked, keepFrames: 7 })
    await stream.opened
    const [open] = scripted.server.sessions[0]!.received
    const { aheadSamples: credit, ...sent } = options
    expect(open).toEqual({ type: 'open', stream: stream.number, ...sent, credit, ...asked })
    stream.cancel()
  })

  it('holds the writer back until the server grants', async () => {
    const stream = scripted.start({ frameCredit: 4 }).open(options)
    let sent = false
    // Nothing is taken, and the server may be ahead by 4,096 samples: 1,024 frames.
    const writing = stream.write(flat(frames(2000))).then(() => {
      sent = true
    })
    await stream.opened
    await eventually(() => expect(scripted.server.sessions[0]!.samples).toBe(4096))
    await sleep(50)
    expect(scripted.server.sessions[0]!.samples).toBe(4096)
    expect(sent).toBe(false)
    const heard = collect(stream)
    await writing
    await stream.end()
    expect(await heard).toHaveLength(8000)
  })

  it('marks the last samples of an utterance, and answers each flush in turn', async () => {
    const stream = scripted.start().open(options)
    const lasts: number[] = []
    const heard = (async () => {
      for await (const { last, position, samples } of stream) if (last) lasts.push(position + samples.length)
    })()
    const flushed: number[] = []
    for (const count of [3, 5, 2, 7]) {
      void stream.write(flat(frames(count)))
      void stream.flush().then((figures) => flushed.push(figures.frames))
    }
    await stream.end()
    await heard
    expect(flushed).toEqual([3, 8, 10, 17])
    expect(lasts).toEqual([12, 32, 40, 68])
  })

  it('goes on with the very next sample after a lost connection', async () => {
    const states: string[] = []
    const onState = (state: ConnectionState) => states.push(state.name)
    const stream = scripted.start({ cutAfterSamples: 120 }, { onState }).open(options)
    const all = frames(90)
    const heard = collect(stream)
    void stream.write(flat(all.slice(0, 20)))
    const flushed = stream.flush()
    void stream.write(flat(all.slice(20)))
    await stream.end()
    expect(await heard).toEqual(synthesis(all, 3))
    expect((await flushed).frames).toBe(20)
    expect(scripted.server.cuts).toBe(1)
    expect(stream.traffic.resumed).toBe(1)
    expect(states.slice(0, 5)).toEqual(['connecting', 'ready', 'waiting', 'connecting', 'ready'])
  })

  it('draws a seed when none is given, and uses it again when it resumes', async () => {
    const stream = scripted.start({ cutAfterSamples: 40 }).open({ mel, format: 'f32le' })
    const all = frames(30)
    const heard = collect(stream)
    void stream.write(flat(all))
    await stream.end()
    expect(await heard).toEqual(synthesis(all, stream.seed))
    const opens = scripted.server.sessions.flatMap(({ received }) =>
      received.filter(({ type }) => type === 'open'),
    )
    expect(opens).toHaveLength(2)
    expect(opens.map((open) => (open as { seed?: number }).seed)).toEqual([stream.seed, stream.seed])
  })

  it('reports a lost stream whose mel was not kept, after the samples that came', async () => {
    const stream = scripted.start({ cutAfterSamples: 40 }).open({ ...options, keepFrames: 5 })
    for (let i = 0; i < 10; i++) void stream.write(flat(frames(3, 3 * i))).catch(() => undefined)
    const heard: number[] = []
    const taking = (async () => {
      for await (const { samples } of stream) heard.push(...samples)
    })()
    await expect(taking).rejects.toMatchObject({ code: 'connection_lost', retryable: true })
    // A connection that is cut may lose what was under way.
    expect(heard.length).toBeGreaterThan(0)
    expect(heard).toEqual(synthesis(frames(10), 3).slice(0, heard.length))
    expect(() => stream.flush()).toThrow('flush: the stream has ended')
  })

  it('reports a lost stream when another model answers', async () => {
    const stream = scripted.start({ cutAfterSamples: 40 }).open(options)
    const heard = collect(stream)
    void stream.write(flat(frames(30))).catch(() => undefined)
    await stream.opened
    scripted.server.script = { ...scripted.server.script, modelHash: 'h2' }
    await expect(heard).rejects.toThrow('the server now has another model')
  })

  it('cancels: iteration ends, waiting calls are told, and the server lets go', async () => {
    const stream = scripted.start().open(options)
    const heard = collect(stream)
    void stream.write(flat(frames(10)))
    const ended = stream.end().catch((error: unknown) => error)
    const cancelled = stream.cancel()
    await cancelled
    expect(await ended).toMatchObject({ code: 'cancelled' })
    await heard
    expect(() => stream.write(flat(frames(1)))).toThrow('write: the stream has ended')
  })

  it('cancels a stream whose loop is left', async () => {
    const stream = scripted.start().open(options)
    void stream.write(flat(frames(10)))
    for await (const _ of stream) break
    await eventually(() => expect(scripted.server.sessions[0]!.received.at(-1)?.type).toBe('cancel'))
  })

  it('carries several streams on one socket', async () => {
    const glowcast = scripted.start()
    const counts = [5, 17, 40]
    const heard = counts.map(async (count, seed) => {
      const stream = glowcast.open({ ...options, seed })
      const taken = collect(stream)
      await stream.write(flat(frames(count)))
      await stream.end()
      return taken
    })
    expect(await Promise.all(heard)).toEqual(counts.map((count, seed) => synthesis(frames(count), seed)))
    expect(scripted.server.sessions).toHaveLength(1)
  })

  it('hands a fresh token over before each attempt', async () => {
    let drawn = 0
    const glowcast = scripted.start({}, { token: async () => `t${++drawn}` })
    const stream = glowcast.open(options)
    await stream.opened
    scripted.server.sessions[0]!.socket.terminate()
    await eventually(() => expect(scripted.server.offered).toHaveLength(2))
    expect(scripted.server.offered.map((offer) => offer.replaceAll(' ', ''))).toEqual([
      'glowcast.v1,glowcast.token.t1',
      'glowcast.v1,glowcast.token.t2',
    ])
  })

  it("passes on the server's refusal of a stream, and leaves others alone", async () => {
    const glowcast = scripted.start({
      intercept: (message, session) => {
        if (message.type !== 'open' || message.seed !== 9) return false
        const details = { retryable: true, retryAfterMs: 1500 } as const
        const error = {
          code: 'overloaded',
          errorType: 'overloaded_error',
          message: 'all 3 streams are taken',
        } as const
        session.send({ type: 'error', stream: message.stream, ...error, ...details })
        return true
      },
    })
    const good = glowcast.open(options)
    const refused = glowcast.open({ ...options, seed: 9 })
    await expect(refused.opened).rejects.toMatchObject({ code: 'overloaded', retryAfterMs: 1500 })
    void good.write(flat(frames(4)))
    void good.end()
    expect(await collect(good)).toHaveLength(16)
  })

  it('opens a stream again that the server gave up with a retryable error', async () => {
    let failed = false
    const stream = scripted
      .start({
        intercept: (message, session) => {
          if (failed || message.type !== 'end') return false
          failed = true
          session.streams.delete(message.stream)
          const error = {
            code: 'synthesis_failed',
            errorType: 'server_error',
            message: 'a thread died',
          } as const
          session.send({ type: 'error', stream: message.stream, ...error, retryable: true, retryAfterMs: 1 })
          return true
        },
      })
      .open(options)
    const heard = collect(stream)
    void stream.write(flat(frames(20)))
    void stream.end()
    expect(await heard).toEqual(synthesis(frames(20), 3))
  })

  it('counts a server as lost that owes an answer and is silent', async () => {
    let silent = true
    const client = scripted.start({ intercept: () => silent }, { silenceMs: 200 })
    const stream = client.open(options)
    void stream.write(flat(frames(5)))
    void stream.end()
    await eventually(() => expect(client.state.name).toBe('waiting'))
    silent = false
    expect(await collect(stream)).toEqual(synthesis(frames(5), 3))
  })

  it('leaves a server that stops once its streams are done, and opens new ones on the next', async () => {
    const glowcast = scripted.start()
    const first = glowcast.open(options)
    await first.opened
    scripted.server.sessions[0]!.send({ type: 'draining', closesInMs: 5000 })
    await eventually(() => expect(glowcast.state.name).toBe('draining'))
    const second = glowcast.open(options)
    void first.write(flat(frames(3)))
    void first.end()
    expect(await collect(first)).toHaveLength(12)
    void second.write(flat(frames(6)))
    void second.end()
    expect(await collect(second)).toHaveLength(24)
    expect(scripted.server.sessions).toHaveLength(2)
    expect(scripted.server.sessions[1]!.received[0]?.type).toBe('open')
  })

  it('gives up when attempts are used up, and tells every stream', async () => {
    const refusing = scripted.server.client({ reconnect: { attempts: 3, firstMs: 1, maxMs: 2 } })
    await scripted.server.stop()
    const stream = refusing.open(options)
    await expect(collect(stream)).rejects.toMatchObject({ code: 'connection_failed' })
    await expect(refusing.connect()).rejects.toMatchObject({ code: 'connection_failed' })
    expect(() => refusing.open(options)).toThrow('no more attempts')
    await scripted.restart()
  })

  it('closes the connection on what the protocol does not allow, and resumes', async () => {
    const stream = scripted.start().open(options)
    const heard = collect(stream)
    await stream.opened
    scripted.server.sessions[0]!.socket.send('{"type":"credit","stream":1}')
    await expect(heard).rejects.toMatchObject({ code: 'protocol_violation' })
  })

  it('sends nothing of a write that is refused, and goes on with the next as if it had not been', async () => {
    const stream = scripted.start().open(options)
    const heard = collect(stream)
    const good = frames(6)
    void stream.write(flat(good.slice(0, 4)))
    const bad = flat(good.slice(4))
    bad[3] = Number.POSITIVE_INFINITY
    expect(() => stream.write(bad)).toThrow('got Infinity in frame 1, band 1 (frame 5 of the stream)')
    void stream.write(flat(good.slice(4)))
    await stream.end()
    expect(await heard).toEqual(synthesis(good, 3))
  })

  it('refuses mel that is cut or not finite, and options that are none', () => {
    const client = scripted.start()
    const stream = client.open(options)
    expect(() => stream.write(new Float32Array(3))).toThrow('mel: got 3 values, expected whole frames of 2')
    const names = 'mel: got NaN in frame 1, band 0 (frame 1 of the stream), expected finite values'
    expect(() => stream.write(Float32Array.of(0, 1, Number.NaN, 3))).toThrow(names)
    expect(() => stream.write([0, 1] as never)).toThrow('mel: got Array, expected a Float32Array')
    expect(() => client.open({ ...options, seed: 1.5 })).toThrow('seed: got 1.5')
    expect(() => client.open({ ...options, aheadSamples: 10 })).toThrow('aheadSamples: got 10')
  })

  it('goes idle, with no attempts, when the connection ends and no stream is open', async () => {
    const glowcast = scripted.start()
    await glowcast.connect()
    scripted.server.sessions[0]!.socket.close(1000)
    await eventually(() => expect(glowcast.state.name).toBe('idle'))
    expect((await glowcast.connect()).models[0]!.name).toBe('voice')
  })
})
