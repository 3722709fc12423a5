import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { concatFloats } from '../../../src/numeric/concat-floats.js'
import type { SpokenPart } from '../../../src/speech/acoustic-model.js'
import { MelService } from '../../../src/speech/service/mel-service.js'
import { bytesOf, melOf, type Running, rowsOf, startHttp, startSocket } from './mel-servers.js'

const mel = melOf(100)
const bytes = bytesOf(mel)
const description = JSON.stringify({ melConvention: 'nvidia-22k' })

const answers: Record<string, (socket: WebSocket) => void> = {
  bytes(socket) {
    socket.send(bytes.subarray(0, 9000))
    socket.send(bytes.subarray(9000))
    socket.close(1000)
  },
  json(socket) {
    socket.send(JSON.stringify({ mel: rowsOf(mel), f0: [...new Array(100).keys()] }))
    socket.close(1000)
  },
  many(socket) {
    for (let frame = 0; frame < 100; frame++) socket.send(bytes.subarray(320 * frame, 320 * frame + 320))
    socket.close(1000)
  },
  early(socket) {
    socket.send(bytes.subarray(0, 3200))
    socket.close(1011)
  },
  breaks(socket) {
    socket.send(bytes.subarray(0, 3200), () => socket.terminate())
  },
  half(socket) {
    socket.send(bytes.subarray(0, 100))
    socket.close(1000)
  },
  nothing: (socket) => socket.close(1000),
  reported: (socket) => socket.send('{"error":"no such word"}'),
  noJson: (socket) => socket.send('frames'),
  hangs: (socket) => socket.send(bytes.subarray(0, 3200)),
}

describe('a service over a WebSocket', () => {
  let running: Running
  let service: MelService
  let impatient: MelService
  let asked: unknown[] = []
  let open: WebSocket | undefined
  beforeAll(async () => {
    running = await startSocket(description, (socket, request) => {
      open = socket
      asked.push(request)
      answers[(request as { input: string }).input]!(socket)
    })
    const address = `ws://127.0.0.1:${running.port}/mel`
    service = await MelService.open(address)
    impatient = await MelService.open(address, { stallMs: 1500 })
  })
  afterAll(() => running.stop())

  const partsOf = async (text: string) => {
    asked = []
    const parts: SpokenPart[] = []
    const asking = text === 'hangs' || text === 'silent' ? impatient : service
    for await (const part of asking.speak(text)) parts.push(part)
    return parts
  }

  it.each(['bytes', 'json', 'many'])('gives its mel, as %s', async (text) => {
    const parts = await partsOf(text)
    expect(concatFloats(parts.map((part) => part.mel.data))).toEqual(mel)
    expect(asked).toEqual([{ input: text, voice: 'default', speed: 1 }])
    expect(parts.every(({ f0Hz }) => (f0Hz !== undefined) === (text === 'json'))).toBe(true)
  })

  it.each([
    ['early', /got a connection that was closed with 1011, expected 1000/],
    ['breaks', /got a connection that was closed with 1006, expected 1000/],
    ['half', /got an end 100 bytes into a frame/],
    ['nothing', /got no mel frames/],
    ['reported', /got an error: "no such word"/],
    ['noJson', /got 6 characters that are no JSON/],
    ['hangs', /got nothing for 1.5 s/],
  ])('fails with one error where the answer is wrong: %s', async (text, message) => {
    await expect(partsOf(text)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringMatching(message),
    })
    await expect.poll(() => open?.readyState).toBe(3)
  })

  it('ends the connection when nobody waits', async () => {
    const gone = new AbortController()
    const parts = service.speak('hangs', { signal: gone.signal })
    expect((await parts.next()).done).toBe(false)
    const next = parts.next()
    gone.abort('left')
    await expect(next).rejects.toBe('left')
    await expect.poll(() => open?.readyState).toBe(3)
  })

  it('ends the connection when the iteration ends early', async () => {
    for await (const _ of service.speak('hangs')) break
    await expect.poll(() => open?.readyState).toBe(3)
  })
})

describe('what is no such service', () => {
  it.each([
    ['that says nothing of itself', '{}', /melConvention/],
    ['that begins with bytes', Buffer.from([1, 2]), /got a first message of bytes/],
  ])('is refused: one %s', async (_, first, message) => {
    const running = await startSocket(first, () => undefined)
    await expect(MelService.open(`ws://127.0.0.1:${running.port}`)).rejects.toThrow(message)
    await running.stop()
  })

  it.each([302, 404])('is refused: an HTTP server that answers %i', async (status) => {
    const running = await startHttp((_request, response) => {
      response.writeHead(status, { Location: 'ws://127.0.0.1:9/' }).end()
    })
    await expect(MelService.open(`ws://127.0.0.1:${running.port}`)).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      got: `no connection (Unexpected server response: ${status})`,
    })
    await running.stop()
  })
})
