import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { bytesOf, melOf, type Running, startHttp } from '../../speech/service/mel-servers.js'
import { MockBackend, mockMel } from '../mock-backend.js'
import { startTestServer, type TestServer } from '../test-server.js'
import { clientOf, refusal, usual } from './openai-client.js'

/** In decibels, which is no `nvidia-22k`. */
const decibels = melOf(100).map((value) => 8.7 * value)

describe('a server with a service that gives mels', () => {
  let service: Running
  let running: TestServer
  beforeAll(async () => {
    service = await startHttp(async (request, response) => {
      if (request.method === 'GET') return response.end('{"melConvention":"nvidia-22k","voices":["anna"]}')
      let text = ''
      for await (const part of request) text += part
      const { input } = JSON.parse(text) as { input: string }
      response.setHeader('Content-Type', 'application/octet-stream')
      if (input === 'wrong') return response.writeHead(422).end('{"error":"never heard of it"}')
      return response.end(bytesOf(input === 'scale' ? decibels : melOf(100)))
    })
    const acousticModel = `http://127.0.0.1:${service.port}/mel`
    running = await startTestServer({ backend: new MockBackend(), acousticModel })
  })
  afterAll(async () => {
    await running.stop()
    await service.stop()
  })
  const say = (input: string) => clientOf(running).audio.speech.create({ ...usual, input })

  it('says what it gives', async () => {
    const { channels } = decodeWav(new Uint8Array(await (await say('Good morning')).arrayBuffer()))
    expect(channels[0]).toHaveLength(100 * mockMel.hopLength)
  })

  it('tells what the service refuses', async () => {
    const error = await refusal(say('wrong'))
    expect(error).toMatchObject({ status: 400, code: 'invalid_argument', param: 'input' })
    expect(error.message).toMatch(/never heard of it/)
  })

  it('makes no noise of mels of another convention', async () => {
    const error = await refusal(say('scale'))
    expect(error).toMatchObject({ status: 503, code: 'synthesis_failed' })
    expect(error.message).toMatch(/expected mels of the convention that the model names/)
  })

  it('does not start without the service', async () => {
    const gone = await startHttp(() => undefined)
    await gone.stop()
    const acousticModel = `http://127.0.0.1:${gone.port}/mel`
    const start = startTestServer({ backend: new MockBackend(), acousticModel })
    await expect(start).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE', field: acousticModel })
  })
})
