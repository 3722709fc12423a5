import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiError } from '../../../server/operations/api-error.js'
import { messageSchema } from '../../../server/operations/field-schema.js'
import { statusOf } from '../../../server/operations/http-errors.js'
import { defaultLimits, protocolLimits } from '../../../server/operations/limits.js'
import { parseClientMessage } from '../../../server/websocket/client-messages.js'
import {
  closeCodes,
  decodeMedia,
  encodeMedia,
  errorCodes,
  floatsToBytes,
  type MediaHeader,
  type ProtocolErrorCode,
  samplesToS16,
} from '../../../src/protocol/messages.js'
import { serverMessages } from '../../../src/protocol/server-messages.js'
import { MockBackend, mockMel } from '../mock-backend.js'
import { MockScoring } from '../mock-scoring.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

const document = readFileSync('docs/reference/protocol.md', 'utf8')

function blocks(language: string): string[] {
  return [...document.matchAll(new RegExp(`^\`\`\`${language}\n([^\`]+)^\`\`\``, 'gm'))].map(
    ([, text]) => text!,
  )
}

const hexBlocks = blocks('hex').map((text) => {
  const [json, hex] = text.trim().split('\n')
  const { f32le, s16le, ...header } = JSON.parse(json!) as MediaHeader & {
    f32le?: number[]
    s16le?: number[]
  }
  const payload = s16le ? samplesToS16(Float32Array.from(s16le)) : floatsToBytes(Float32Array.from(f32le!))
  return { header, payload, hex: hex!.replaceAll(' ', '') }
})

describe('the media frames of protocol.md', () => {
  it.each(hexBlocks)('are these bytes: $hex', ({ header, payload, hex }) => {
    expect(Buffer.from(encodeMedia(header, payload)).toString('hex')).toBe(hex)
    expect(decodeMedia(Buffer.from(hex, 'hex'))).toMatchObject(header)
  })

  it('show every kind', () => {
    expect(new Set(hexBlocks.map(({ header }) => `${header.type}.${header.flags}`))).toEqual(
      new Set(['1.0', '2.0', '2.1', '3.0']),
    )
  })
})

describe('the messages of protocol.md', () => {
  const fromClient = blocks('json client').map((text) => JSON.parse(text) as { type: string })
  const fromServer = blocks('json server').map((text) => JSON.parse(text) as { type: string })
  let running: TestServer

  beforeAll(async () => {
    running = await startTestServer({
      backend: new MockBackend(1),
      scoring: new MockScoring(),
      limits: { drainMs: 5000 },
    })
  })

  afterAll(() => running.stop())

  it('are what the server takes', () => {
    expect(fromClient.map(({ type }) => type)).toEqual(['open', 'score', 'credit', 'flush', 'end', 'cancel'])
    for (const message of fromClient) expect(parseClientMessage(JSON.stringify(message))).toEqual({ message })
  })

  it('are what the server sends, field by field', async () => {
    const client = await RawClient.connect(running.url)
    const mel = (frames: number) => new Float32Array(frames * 80).fill(-6)
    client.open(1)
    client.mel(1, 0, 0, mel(2000))
    client.send({ type: 'flush', stream: 1 })
    await client.next('flushed', 1)
    client.open(2)
    client.mel(1, 1, 2000, mel(1))
    client.send({ type: 'end', stream: 1 })
    await client.next('done', 1)
    client.open(3)
    client.send({ type: 'cancel', stream: 3 })
    await client.next('cancelled', 3)
    client.open(4)
    client.mel(4, 9, 0, mel(1))
    await client.next('error', 4)
    client.send({ type: 'score', stream: 6, sampleRate: 8000 })
    await client.next('scoring', 6)
    await client.score(6, new Float32Array(48_000).fill(0.1), () => 800)
    await client.next('scored', 6)
    client.open(5)
    await client.next('opened', 5)
    void running.glowcast.drain()
    await client.next('draining')
    client.send({ type: 'cancel', stream: 5 })
    const sent = client.received.filter(({ type }) => type !== 'pcm')
    const shape = (message: object) =>
      JSON.stringify(
        Object.entries(message)
          .map(([key, value]) => (key === 'type' ? value : key))
          .sort(),
      )
    expect(new Set(fromServer.map(shape))).toEqual(new Set(sent.map(shape)))
    const schema = messageSchema(serverMessages)
    for (const message of sent) expect(schema.parse(message)).toEqual(message)
  })

  it('tell of the convention and the limits as they are', () => {
    expect(fromClient[0]).toMatchObject({ mel: mockMel })
    expect(fromServer[0]).toMatchObject({ limits: protocolLimits(defaultLimits) })
  })
})

describe('the tables of protocol.md', () => {
  it('list every error code with its meaning for callers', () => {
    const rows = [...document.matchAll(/^\| `(\w+)` \| `(\w+)` \| (yes|no) \| (\d+) \|/gm)]
    expect(rows.map(([, code]) => code)).toEqual(Object.keys(errorCodes))
    for (const [, code, errorType, retryable, status] of rows) {
      const known = errorCodes[code as ProtocolErrorCode]
      expect({ code, errorType, retryable }).toEqual({
        code,
        errorType: known.errorType,
        retryable: known.retryable ? 'yes' : 'no',
      })
      expect(statusOf(new ApiError(code as ProtocolErrorCode, ''))).toBe(Number(status))
    }
  })

  it('list every close code', () => {
    for (const code of Object.values(closeCodes))
      expect(document).toMatch(new RegExp(`^\\| ${code}[ ,]`, 'm'))
  })

  it('list the limits with their defaults', () => {
    const section = document.slice(document.indexOf('## Limits'))
    const rows = [...section.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)]
    expect(rows.length).toBeGreaterThan(10)
    for (const [, name, value] of rows) {
      expect([name, Number(value)]).toEqual([name, defaultLimits[name as keyof typeof defaultLimits]])
    }
  })
})
