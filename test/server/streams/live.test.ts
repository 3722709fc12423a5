import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApplication } from '../../../examples/express-app.js'
import { GlowcastClient } from '../../../examples/glowcast-client.js'
import { speak } from '../../../examples/tts-client.js'
import type { Frames } from '../../../src/audio/buffers/frames.js'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { logMel, melPresets } from '../../../src/audio/mel/mel.js'
import { decodeWav } from '../../../src/audio/wav/wav.js'
import { createEngine } from '../../../src/engine/index.js'
import { saveModelFolder } from '../../../src/models/files/model-folder.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { bundledModel } from '../../../src/package-root.js'
import { type SynthesisOptions, Vocoder } from '../../../src/synthesis/vocoder.js'
import { tinyConfig, tinyWeights } from '../../tiny-model.js'
import { startTestServer, type TestServer } from '../test-server.js'

let running: TestServer
let vocoder: Vocoder
let mel: Frames

beforeAll(async () => {
  running = await startTestServer({ threads: 1, limits: { streams: 8 } })
  const { config, weights } = await loadGlowcastModel(bundledModel)
  vocoder = await Vocoder.create(await createEngine('onnx', { threads: 1 }), config, weights)
  const recording = await loadMono('test/fixtures/audio/speech.flac', 22_050)
  mel = logMel(recording, melPresets['nvidia-22k'])
})

afterAll(() => Promise.all([running.stop(), vocoder.dispose()]))

/** What else the machine does may leave room for fewer streams at a time than there are cases, or make one late. */
async function inTime<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!/^(overloaded|client_limit):|^refused: 503/.test((error as Error).message)) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

function openInTime(client: GlowcastClient, options: Parameters<GlowcastClient['open']>[0]) {
  return inTime(() => client.open(options))
}

const connectInTime = () => inTime(() => GlowcastClient.connect(running.url))

/** Sends frames in pieces of any size, and collects the audio. */
async function streamed(
  client: GlowcastClient,
  options: SynthesisOptions,
  pieces: () => number,
): Promise<{ samples: number[]; frames: number }> {
  const { f0Hz: _, melConvention: __, ...open } = options
  const stream = await openInTime(client, open)
  const sending = (async () => {
    for (let frame = 0; frame < mel.frames; ) {
      const count = Math.min(pieces(), mel.frames - frame)
      await stream.write(mel.data.subarray(frame * 80, (frame + count) * 80))
      frame += count
      if (count % 3 === 0) await new Promise((resolve) => setTimeout(resolve, count))
    }
    stream.end()
  })()
  const samples: number[] = []
  for await (const part of stream) samples.push(...part)
  await sending
  expect(stream.figures).toMatchObject({ frames: mel.frames, samples: samples.length })
  expect(stream.figures!.ttfaMs).toBeGreaterThan(0)
  expect(stream.figures!.rtf).toBeGreaterThan(0)
  return { samples, frames: stream.figures!.frames }
}

function expectClose(samples: readonly number[], whole: Float32Array): void {
  expect(samples).toHaveLength(whole.length)
  const peak = whole.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  let worst = 0
  for (let n = 0; n < whole.length; n++) worst = Math.max(worst, Math.abs(samples[n]! - whole[n]!))
  // Matrix products of another size may sum in another order, and 8 couplings carry that on.
  expect(worst).toBeLessThan(2e-3 * peak)
}

describe('the shipped model, live', () => {
  it('gives the samples of a whole run, for several chunkings at a time', async () => {
    const client = await connectInTime()
    const random = new RandomStream(9, 1)
    const cases: [SynthesisOptions, () => number][] = [
      [{ seed: 1 }, () => mel.frames],
      [{ seed: 2, pitchSemitones: 3 }, () => 1 + random.integer(3)],
      [{ seed: 3, temperature: 0.7, melProjections: 8 }, () => 1 + random.integer(40)],
      [{ seed: 4, melProjections: 0, sharpen: 0.3 }, () => 7],
      [{ seed: 5, comb: true }, () => 1 + random.integer(9)],
    ]
    const heard = await Promise.all(cases.map(([options, pieces]) => streamed(client, options, pieces)))
    for (const [i, { samples }] of heard.entries()) {
      // Live streams make three passes toward the mel unless they say otherwise.
      expectClose(samples, await vocoder.synthesize(mel, { melProjections: 3, ...cases[i]![0] }))
    }
    client.close()
  })

  it.each([{}, { quality: 'best' }, { comb: true }] as const)(
    'resynthesises a recording over HTTP: %o',
    async (asked) => {
      const body = new Uint8Array(await readFile('test/fixtures/audio/speech.flac'))
      const query = new URLSearchParams({ seed: '5', format: 'f32le' })
      for (const [name, value] of Object.entries(asked)) query.set(name, `${value}`)
      const response = await inTime(async () => {
        const headers = { 'Content-Type': 'audio/flac' }
        const answer = await fetch(`${running.http}/v1/vocode?${query}`, { method: 'POST', body, headers })
        if (answer.status === 503) throw new Error('refused: 503')
        return answer
      })
      const { channels } = decodeWav(new Uint8Array(await response.arrayBuffer()))
      expectClose([...channels[0]!], await vocoder.synthesize(mel, { seed: 5, ...asked }))
    },
  )

  it('has the latency that it declares', async () => {
    const client = await connectInTime()
    for (const [melProjections, comb] of [
      [0, false],
      [3, false],
      [3, true],
    ] as const) {
      const stream = await openInTime(client, { melProjections, comb })
      const { latencyFrames } = stream.accepted!
      const audio = stream[Symbol.asyncIterator]()
      await stream.write(mel.data.subarray(0, (latencyFrames + 10) * 80))
      let samples = 0
      // All audio of the first ten frames is promised now.
      while (samples < 10 * 256) samples += (await audio.next()).value!.length
      expect(samples).toBeLessThan(13 * 256)
      stream.cancel()
    }
    client.close()
  })
})

describe('the examples', () => {
  it('speak from a TTS backend, to an application of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'glowcast-example-'))
    const model = join(folder, 'model')
    await saveModelFolder(model, { config: tinyConfig, weights: tinyWeights(), card: '# tiny\n' })
    const server = await startApplication(0, { model, threads: 1 })
    try {
      const { port } = server.address() as { port: number }
      const output = join(folder, 'out.wav')
      const figures = await speak(`ws://127.0.0.1:${port}/voice/stream`, mel.data, output)
      expect(figures).toMatchObject({ frames: mel.frames, samples: mel.frames * 256 })
      const { channels } = decodeWav(await readFile(output))
      expect(channels[0]).toHaveLength(mel.frames * 256)
      expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('of its own')
      const ready = await fetch(`http://127.0.0.1:${port}/voice/readyz`)
      expect(await ready.json()).toMatchObject({ status: 'ready' })
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    }
  })
})
