import { describe, expect, it } from 'vitest'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { melPresets } from '../../../web-audio-client/mel-presets.js'
import { iterable } from '../../../web-audio-client/streams/pipes.js'
import { toWav } from '../../../web-audio-client/streams/to-wav.js'
import { useScriptedServer } from '../scripted-client.js'
import { mel, synthesis } from '../scripted-server.js'

const scripted = useScriptedServer()
const options = { mel, format: 'f32le', seed: 3 } as const
const frames = Array.from({ length: 50 }, (_, i) => [i % 13, 1])

function melSource(): ReadableStream<Float32Array> {
  const rows = frames.values()
  return new ReadableStream({
    pull(controller) {
      const { value, done } = rows.next()
      if (done) controller.close()
      else controller.enqueue(Float32Array.from(value))
    },
  })
}

describe('a stream as a pair of readable and writable', () => {
  it('is piped through', async () => {
    const heard: number[] = []
    const chunks = melSource().pipeThrough(scripted.start().open(options))
    for await (const { samples } of iterable(chunks)) heard.push(...samples)
    expect(heard).toEqual(synthesis(frames, 3))
  })

  it('is cancelled from either end', async () => {
    const client = scripted.start()
    const read = client.open(options)
    await read.readable.cancel()
    await read.closed
    expect(() => read.write(new Float32Array(2))).toThrow('write: the stream has ended')
    const written = client.open(options)
    await written.writable.abort(new Error('no more'))
    await written.closed
    await expect(written[Symbol.asyncIterator]().next()).rejects.toThrow('no more')
  })

  it('is cancelled by a write that is refused, as a WritableStream takes no other', async () => {
    const stream = scripted.start().open(options)
    await stream.opened
    const taking = stream[Symbol.asyncIterator]().next()
    const writer = stream.writable.getWriter()
    const refused = { code: 'invalid_argument', field: 'mel' }
    await expect(writer.write(Float32Array.of(1, Number.NaN))).rejects.toMatchObject(refused)
    await expect(taking).rejects.toMatchObject(refused)
    await stream.closed
    expect(scripted.server.sessions[0]!.received.at(-1)).toMatchObject({ type: 'cancel' })
  })

  it('takes recordings as well', async () => {
    const stream = scripted.start().score({ sampleRate: 16_000 })
    const writer = stream.writable.getWriter()
    await writer.write(new Float32Array(800))
    await writer.close()
    expect(await stream.end()).toMatchObject({ type: 'scored' })
  })
})

describe('a stream as a WAV file', () => {
  it('has all samples, as floats just as they came', async () => {
    const stream = scripted.start().open(options)
    const wav = stream.toWav()
    await melSource().pipeTo(stream.writable)
    const blob = await wav
    expect(blob.type).toBe('audio/wav')
    const { sampleRate, channels } = decodeWav(new Uint8Array(await blob.arrayBuffer()))
    expect(sampleRate).toBe(22_050)
    expect([...channels[0]!]).toEqual(synthesis(frames, 3))
  })

  it('of any chunks, in 16 bits', async () => {
    const blob = await toWav([{ samples: Float32Array.of(0, 0.5, -1, 2), sampleRate: 16_000 }])
    const { sampleRate, channels } = decodeWav(new Uint8Array(await blob.arrayBuffer()))
    expect(sampleRate).toBe(16_000)
    expect([...channels[0]!]).toEqual([0, 0.5, -1, 32_767 / 32_768].map(Math.fround))
    const two = [8000, 16_000].map((rate) => ({ samples: new Float32Array(1), sampleRate: rate }))
    await expect(toWav(two)).rejects.toThrow('source: got chunks of 8000 and of 16000 Hz')
    await expect(toWav([])).rejects.toThrow('source: got no chunk')
  })
})

describe('an AbortSignal', () => {
  it('cancels a stream with its reason, and the server lets go', async () => {
    const controller = new AbortController()
    const stream = scripted.start().open({ ...options, signal: controller.signal })
    await stream.opened
    const taking = stream[Symbol.asyncIterator]().next()
    const ended = stream.end()
    controller.abort(new Error('left the page'))
    await expect(taking).rejects.toThrow('left the page')
    await expect(ended).rejects.toThrow('left the page')
    await stream.closed
    expect(scripted.server.sessions[0]!.received.at(-1)).toMatchObject({ type: 'cancel' })
  })

  it('that has aborted opens nothing', () => {
    const client = scripted.start()
    const signal = AbortSignal.abort(new Error('too late'))
    expect(() => client.open({ ...options, signal })).toThrow('too late')
    expect(() => client.score({ sampleRate: 8000, signal })).toThrow('too late')
    expect(client.state.name).toBe('idle')
  })

  it('does nothing to a stream that is over', async () => {
    const controller = new AbortController()
    const stream = scripted.start().open({ ...options, signal: controller.signal })
    const figures = await stream.end()
    controller.abort()
    expect(await stream.end()).toEqual(figures)
  })
})

describe('options that are missing', () => {
  it('are named', () => {
    const client = scripted.start()
    const wrong = { ...mel, hopLength: undefined } as never
    expect(() => client.open({} as never)).toThrow(
      "mel: got undefined, expected how your mel is made, as melPresets['nvidia-22k']",
    )
    expect(() => client.open(undefined as never)).toThrow('options: got undefined, expected { mel }')
    expect(() => client.open({ mel: 'nvidia-22k' } as never)).toThrow('mel: got string')
    expect(() => client.open({ mel: wrong })).toThrow('mel.hopLength: got undefined')
    expect(() => client.open({ mel: { ...mel, melScale: undefined } as never })).toThrow(
      'mel.melScale: got nothing',
    )
    expect(() => client.open({ mel, format: 'mp3' as never })).toThrow(
      'format: got mp3, expected s16le or f32le',
    )
    expect(() => client.score({} as never)).toThrow('sampleRate: got undefined')
    expect(() => client.score(undefined as never)).toThrow('options: got undefined, expected { sampleRate }')
  })

  it('are in a preset', () => {
    const client = scripted.start()
    expect(() => client.open({ mel: melPresets['nvidia-22k'] })).not.toThrow()
    expect(melPresets['nvidia-22k']).not.toHaveProperty('alignment')
  })
})
