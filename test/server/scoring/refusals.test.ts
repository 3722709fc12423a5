import { describe, expect, it } from 'vitest'
import { encodeMedia, floatsToBytes, mediaTypes } from '../../../src/protocol/messages.js'
import { noise } from '../../scoring/signals.js'
import { rate, score, useScoringServer } from './scoring-server.js'

const server = useScoringServer()

describe('a scoring stream that is wrong', () => {
  const pcm = (samples: number, position = 0, sequence = 0) =>
    encodeMedia(
      { type: mediaTypes.recording, flags: 0, stream: 1, sequence, position },
      floatsToBytes(noise(samples, 0.1)),
    )
  const withValue = (value: number) =>
    encodeMedia(
      { type: mediaTypes.recording, flags: 0, stream: 1, sequence: 0, position: 0 },
      floatsToBytes(Float32Array.of(0, value)),
    )
  const mel = encodeMedia(
    { type: mediaTypes.mel, flags: 0, stream: 1, sequence: 0, position: 0 },
    new Uint8Array(320),
  )
  const cases: [string, string, string, Uint8Array | object][] = [
    ['NaN', 'invalid_audio', 'payload', withValue(Number.NaN)],
    ['an infinite sample', 'invalid_audio', 'payload', withValue(Number.POSITIVE_INFINITY)],
    ['a sample far beyond full scale', 'invalid_audio', 'payload', withValue(17)],
    ['a cut sample', 'invalid_audio', 'payload', pcm(4).subarray(0, 25)],
    ['a gap in the sequence', 'out_of_sequence', 'sequence', pcm(4, 0, 3)],
    ['a gap in the position', 'out_of_sequence', 'position', pcm(4, 9)],
    ['more than the credit', 'credit_exceeded', 'payload', pcm(4 * rate + 1)],
    ['mel frames', 'invalid_message', 'media', mel],
    ['a flush', 'invalid_argument', 'flush', { type: 'flush', stream: 1 }],
    ['a credit', 'invalid_argument', 'stream', { type: 'credit', stream: 1, samples: 5 }],
  ]
  it.each(cases)('ends alone with %s: %s', async (_, code, field, message) => {
    const client = await server.start()
    client.send(score(2))
    await client.next('scoring', 2)
    client.send(score(1, { format: 'f32le' }))
    await client.next('scoring', 1)
    if (message instanceof Uint8Array) client.socket.send(message)
    else client.send(message)
    const wanted = code === 'invalid_argument' ? { code } : { code, field }
    expect(await client.next('error', 1)).toMatchObject({ ...wanted, retryable: false, samples: 0 })
    expect(server.scoring.open).toBe(1)
    await client.score(2, noise(rate, 0.1), () => 900)
    expect(await client.next('scored', 2)).toMatchObject({ frames: 100 })
  })

  it.each<[object, string, string]>([
    [{ sampleRate: 3999 }, 'invalid_message', 'sampleRate'],
    [{ sampleRate: 22_050.5 }, 'invalid_message', 'sampleRate'],
    [{ sampleRate: 1e9 }, 'invalid_message', 'sampleRate'],
    [{ format: 'mp3' }, 'invalid_message', 'format'],
    [{ blockSeconds: 0.1 }, 'invalid_message', 'blockSeconds'],
    [{ blockSeconds: 3600 }, 'invalid_message', 'blockSeconds'],
    [{ falseAlarmRate: 0 }, 'invalid_message', 'falseAlarmRate'],
    [{ driftFalseAlarmRate: 2 }, 'invalid_message', 'driftFalseAlarmRate'],
    [{ loud: true }, 'invalid_message', 'loud'],
    [{ group: 'cats' }, 'unknown_group', 'group'],
  ])('is not opened with %o', async (options, code, field) => {
    const client = await server.start()
    client.send(score(1, options))
    expect(await client.next('error', 1)).toMatchObject({ code, field })
    expect(server.running.glowcast.capacity).toBe(100)
    expect(server.scoring.open).toBe(0)
  })

  it('is refused media before it has begun', async () => {
    const client = await server.start()
    let release: (value: unknown) => void = () => undefined
    server.scoring.gate = new Promise((resolve) => {
      release = resolve
    })
    client.send(score(1))
    client.recording(1, 0, 0, noise(10))
    expect(await client.next('error', 1)).toMatchObject({ code: 'credit_exceeded' })
    release(undefined)
    await client.until(() => server.scoring.open === 0)
  })

  it('is refused after its end', async () => {
    const client = await server.start()
    client.send(score(1))
    await client.next('scoring', 1)
    client.recording(1, 0, 0, noise(1000, 0.1))
    client.send({ type: 'end', stream: 1 })
    client.send({ type: 'end', stream: 1 })
    expect(await client.next('error', 1)).toMatchObject({ code: 'invalid_argument', samples: 1000 })
  })
})
