import { afterAll, beforeAll, expect, it } from 'vitest'
import { concatFloats } from '../../../src/numeric/concat-floats.js'
import { bundledModel } from '../../../src/package-root.js'
import { samplesToS16 } from '../../../src/protocol/messages.js'
import type { ScoreAnswer } from '../../../src/scoring/verdict/answer.js'
import { noise } from '../../scoring/signals.js'
import { MockBackend } from '../mock-backend.js'
import { RawClient } from '../raw-client.js'
import { startTestServer, type TestServer } from '../test-server.js'

const sampleRate = 22_050
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({
    backend: new MockBackend(100),
    model: bundledModel,
    limits: { drainMs: 100 },
  })
})
afterAll(() => server.stop())

interface Settings {
  readonly blockSeconds: number
  readonly falseAlarmRate: number
}

async function asFile(
  recording: Float32Array,
  { blockSeconds, falseAlarmRate }: Settings,
): Promise<ScoreAnswer> {
  const query = `blockSeconds=${blockSeconds}&falseAlarmRate=${falseAlarmRate}`
  const response = await fetch(`${server.http}/v1/score?${query}`, {
    method: 'POST',
    body: new Uint8Array(samplesToS16(recording)),
    headers: { 'Content-Type': `audio/pcm;rate=${sampleRate}` },
  })
  expect(response.status).toBe(200)
  return (await response.json()) as ScoreAnswer
}

async function live(recording: Float32Array, settings: Settings) {
  const client = await RawClient.connect(server.url)
  client.send({ type: 'score', stream: 1, sampleRate, ...settings })
  await client.next('scoring', 1)
  await client.score(1, recording, () => 7000)
  const scored = await client.next('scored', 1)
  const blocks = client.all('block', 1)
  client.socket.close()
  return { scored, blocks }
}

const silence = new Float32Array(sampleRate)
const hiss = (seconds: number) => noise(Math.round(seconds * sampleRate), 0.1, 1)

it.each<[string, Float32Array, Settings, object]>([
  [
    'no block of which can be refused by itself',
    hiss(2.2),
    { blockSeconds: 1, falseAlarmRate: 0.003 },
    { decision: 'reject', reasons: ['noise'] },
  ],
  [
    'which is shorter than a block',
    hiss(0.8),
    { blockSeconds: 5, falseAlarmRate: 0.01 },
    { decision: 'reject', blocks: [{ group: 'full-band' }] },
  ],
  [
    'most of which is silence',
    concatFloats([hiss(0.5), silence, silence, silence]),
    { blockSeconds: 1, falseAlarmRate: 0.003 },
    { decision: 'reject', reasons: ['silence'] },
  ],
])('a recording %s is judged as a file as it is live', async (_, recording, settings, expected) => {
  const file = await asFile(recording, settings)
  expect(file).toMatchObject(expected)
  const { scored, blocks } = await live(recording, settings)
  const { decision, pValue } = file
  expect(scored).toMatchObject({ decision, pValue })
  expect(scored.natsPerSample).toBeCloseTo(file.natsPerSample!, 10)
  expect(blocks).toMatchObject(file.blocks!)
  for (const [i, block] of file.blocks!.entries()) expect(blocks[i]!.group).toBe(block.group)
})
