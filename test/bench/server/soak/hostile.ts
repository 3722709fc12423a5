import { RandomStream } from '../../../../src/numeric/random.js'
import { encodeMedia, floatsToBytes, mediaTypes, samplesToS16 } from '../../../../src/protocol/messages.js'
import { RawClient } from '../../../server/raw-client.js'
import { sleep } from '../figures.js'
import { scoreLive } from '../scoring-client.js'
import type { ServerProcess } from '../server-process.js'
import { wrongWith } from './check.js'
import type { KnownRecording } from './recordings.js'

const sampleRate = 16_000
/** A client that does not read has been terminated by then: of two pings it answered none. */
const terminatedMs = 35_000
const answerMs = 60_000
const churns = 60
/** Of one, where the server has no room. */
const trials = 5
const pauseMs = 3000
/** `fetch` waits for an answer for 300 s. */
const bodySeconds = 100
const modelRate = 22_050
const hopLength = 256

/** The server had no room. */
class Refused extends Error {}

type Hostility = (
  server: ServerProcess,
  random: RandomStream,
  known: readonly KnownRecording[],
) => Promise<void>

/** What clients do that is wrong, or more than their share. Each throws when the server does not answer as it must. */
export const hostilities: Readonly<Record<string, Hostility>> = {
  async brokenMessages(server, random) {
    const client = await connected(server)
    const noise = Float32Array.from({ length: 1600 }, () => 0.1 * random.normal())
    const streams: [string, (stream: number) => void][] = [
      ['invalid_audio', (stream) => floats(client, stream, 1, 1600, noise.with(700, Number.NaN))],
      ['invalid_audio', (stream) => floats(client, stream, 1, 1600, noise.with(3, 1e30))],
      ['out_of_sequence', (stream) => floats(client, stream, 2, 1600, noise)],
      ['out_of_sequence', (stream) => floats(client, stream, 1, 1599, noise)],
      ['credit_exceeded', (stream) => floats(client, stream, 1, 1600, new Float32Array(200_000))],
      ['invalid_message', (stream) => client.send({ type: 'end', stream, loud: true })],
      ['invalid_argument', (stream) => client.send({ type: 'flush', stream })],
    ]
    for (const [stream, [code, misbehave]] of streams.entries()) {
      await begin(client, stream, { sampleRate, format: 'f32le' })
      floats(client, stream, 0, 0, noise)
      misbehave(stream)
      const error = await client.next('error', stream)
      if (error.code !== code) throw new Error(`got ${error.code}, expected ${code}`)
    }
    client.socket.terminate()
  },
  async stalledClient(server) {
    const client = await connected(server)
    const { credit } = await begin(client, 0, { sampleRate })
    for (let at = 0; at + 1600 <= credit; at += 1600)
      client.recording(0, at / 1600, at, new Float32Array(1600).fill(0.01))
    client.socket.pause()
    await sleep(terminatedMs)
    client.socket.resume()
    await client.until(() => client.closed !== undefined, 'the end of a client that does not read')
  },
  async goneClient(server, random) {
    const client = await connected(server)
    await begin(client, 0, { sampleRate, blockSeconds: 0.5 })
    const noise = Float32Array.from({ length: 40_000 }, () => 0.1 * random.normal())
    client.recording(0, 0, 0, noise)
    await sleep(random.integer(300))
    client.socket.terminate()
  },
  /** As fast as it can. */
  async hurry(server, random, known) {
    const recording = known[random.integer(known.length)]!
    for (let round = 0; round < 3; round++) {
      const { outcome, messages } = await scoreLive(server.url, { ...recording, paced: false })
      if (outcome === 'refused') throw new Refused()
      const wrong = wrongWith(recording, messages)
      if (wrong.length > 0) throw new Error(wrong.join('; '))
    }
  },
  async changingRates(server, random) {
    const client = await connected(server)
    const odd = [4001, 11_025, 44_100, 96_000, 384_000, 383_999, 4000 + random.integer(380_000)]
    for (const [stream, rate] of odd.entries()) {
      await begin(client, stream, { sampleRate: rate })
      const samples = Float32Array.from({ length: 2 * rate }, () => 0.1 * random.normal())
      await client.score(stream, samples, () => Math.round(rate / 10))
      await client.until(() => client.all('scored', stream).length > 0, `scored at ${rate} Hz`, answerMs)
      const frames = Math.floor((2 * modelRate) / hopLength)
      const got = client.all('scored', stream)[0]!.frames
      if (got !== frames) throw new Error(`${rate} Hz: got ${got} frames, expected ${frames}`)
    }
    client.socket.terminate()
  },
  /** Opens, and does not want it. */
  async churn(server, random) {
    const client = await connected(server)
    for (let stream = 0; stream < churns; stream++) {
      client.send({ type: 'score', stream, sampleRate: 4000 + random.integer(380_000) })
      client.send({ type: 'cancel', stream })
    }
    const answers = () =>
      client.received.filter(({ type }) => type === 'cancelled' || type === 'error').length
    await client.until(() => answers() >= churns, 'all to be cancelled', answerMs)
    const cancelled = client.received.filter(({ type }) => type === 'cancelled').length
    client.socket.terminate()
    if (cancelled === 0) throw new Refused()
  },
  async longBodies(server, random) {
    const noise = Float32Array.from({ length: 8000 * bodySeconds }, () => 0.1 * random.normal())
    const body = new Uint8Array(samplesToS16(noise))
    const post = async () => {
      const url = `http://127.0.0.1:${server.port}/v1/score`
      const headers = { 'Content-Type': 'audio/pcm;rate=8000' }
      const response = await fetch(url, { method: 'POST', body, headers })
      const answer = await response.text()
      if (response.status === 503) throw new Refused()
      if (!response.ok) throw new Error(answer)
    }
    await Promise.all([post(), post()])
  },
}

export interface HostilityCount {
  done: number
  refused: number
}

/** Does them in turn until then. @returns what was wrong */
export async function keepHostile(
  server: ServerProcess,
  known: readonly KnownRecording[],
  { isOver, onBegin }: { isOver(): boolean; onBegin(name: string): void },
): Promise<{ counts: Record<string, HostilityCount>; wrong: string[] }> {
  const counts = Object.fromEntries(Object.keys(hostilities).map((name) => [name, { done: 0, refused: 0 }]))
  const wrong: string[] = []
  for (let round = 0; !isOver(); round++) {
    for (const [index, [name, act]] of Object.entries(hostilities).entries()) {
      const count = counts[name]!
      let isDone = false
      for (let trial = 0; trial < trials && !isDone && !isOver(); trial++) {
        onBegin(name)
        try {
          await act(server, new RandomStream(index, round), known)
          isDone = true
          count.done += 1
        } catch (error) {
          if (!(error instanceof Refused)) {
            wrong.push(`${name}: ${(error as Error).message.slice(0, 400)}`)
            break
          }
          count.refused += 1
        } finally {
          onBegin('nothing')
        }
        await sleep(pauseMs)
      }
    }
  }
  return { counts, wrong }
}

async function connected(server: ServerProcess): Promise<RawClient> {
  return RawClient.connect(server.url).catch(() => {
    throw new Refused()
  })
}

async function begin(client: RawClient, stream: number, options: object) {
  client.send({ type: 'score', stream, ...options })
  const begun = () => client.all('scoring', stream)[0]
  const refused = () => client.all('error', stream).some(({ code }) => code === 'overloaded')
  await client.until(() => begun() !== undefined || refused(), 'scoring', answerMs)
  if (begun() === undefined) {
    client.socket.terminate()
    throw new Refused()
  }
  return begun()!
}

function floats(
  client: RawClient,
  stream: number,
  sequence: number,
  position: number,
  samples: Float32Array,
): void {
  const header = { type: mediaTypes.recording, flags: 0, stream, sequence, position }
  client.socket.send(encodeMedia(header, floatsToBytes(samples)))
}
