import { availableParallelism } from 'node:os'
import { createApp } from '../../server/app.js'
import { createHttpServer, serveRequests } from '../../server/http/http-server.js'
import { RequestRate } from '../../server/http/request-rate.js'
import { createGlowcast } from '../../server/index.js'
import { checkedLimits } from '../../server/operations/limits.js'
import { createEngine } from '../../src/engine/index.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { upperMedian as median } from '../../src/numeric/stats.js'
import { bundledModel } from '../../src/package-root.js'
import { HibariModel } from '../../src/speech/hibari/hibari-model.js'
import { qualities } from '../../src/synthesis/quality.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { rounded as round } from './server/figures.js'

/** Of about ten words. */
const sentences = [
  'The quick brown fox jumps over the lazy dog again.',
  'She sells sea shells by the sea shore every summer.',
  "Please call me back before five o'clock this very afternoon.",
  'Nobody knew why the old lighthouse keeper never came home.',
  'The weather tomorrow will be cloudy with some chance of rain.',
]
const rounds = 4
const wavHeaderBytes = 44

/** `node dist/test/bench/speech.js DIR`: text to first audio over HTTP, and the speed of the chain, of an acoustic model. */
const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('usage: speech DIR   (a folder that glowcast unpack-acoustic-model wrote)')
  process.exit(1)
}
console.log('Text to audio in one thread: CPU time of each part, of all sentences')
console.table(await chain(folder))
console.log('POST /v1/audio/speech, one request at a time')
console.table(await overHttp(folder))
process.exit(0)

/** CPU ms that a piece of work takes, of all threads of the process. */
async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

async function chain(path: string) {
  const acoustic = await HibariModel.open(path)
  const { config, weights } = await loadGlowcastModel(bundledModel)
  const vocoder = await Vocoder.create(await createEngine('onnx', { threads: 1 }), config, weights)
  const { sampleRate, hopLength } = vocoder.mel
  const rows = []
  for (const quality of qualities) {
    const melMs: number[] = []
    const vocodeMs: number[] = []
    let seconds = 0
    for (let round = 0; round < rounds; round++) {
      seconds = 0
      let melOfRound = 0
      let vocodeOfRound = 0
      for (const sentence of sentences) {
        const mels: Parameters<Vocoder['synthesize']>[0][] = []
        melOfRound += await cpuMs(async () => {
          for await (const { mel } of acoustic.speak(sentence)) mels.push(mel)
        })
        seconds += mels.reduce((sum, { frames }) => sum + (frames * hopLength) / sampleRate, 0)
        vocodeOfRound += await cpuMs(async () => {
          for await (const _ of vocoder.stream(mels, { quality }));
        })
      }
      melMs.push(melOfRound)
      vocodeMs.push(vocodeOfRound)
    }
    const [mel, vocode] = [median(melMs), median(vocodeMs)]
    rows.push({
      quality,
      'audio, s': round(seconds, 1),
      'text to mel, ms': round(mel, 0),
      'mel to audio, ms': round(vocode, 0),
      'times real time': round((1000 * seconds) / (mel + vocode), 1),
    })
  }
  await vocoder.dispose()
  await acoustic.dispose()
  return rows
}

async function overHttp(path: string) {
  const limits = { ...checkedLimits({}), trustedProxies: 0 }
  const requests = new RequestRate(limits)
  const threads = availableParallelism()
  const glowcast = await createGlowcast({ acousticModel: path, threads, scoring: false, requests })
  const server = createHttpServer(limits)
  serveRequests(server, createApp(glowcast), requests)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const url = `http://127.0.0.1:${port}/v1/audio/speech`
  const rows = []
  for (const quality of qualities) {
    const firstMs: number[] = []
    const firstCpuMs: number[] = []
    const factors: number[] = []
    await request(url, sentences[0]!, quality)
    for (let round = 0; round < rounds; round++) {
      for (const sentence of sentences) {
        const { first, firstCpu, all, seconds } = await request(url, sentence, quality)
        firstMs.push(first)
        firstCpuMs.push(firstCpu)
        factors.push((1000 * seconds) / all)
      }
    }
    rows.push({
      quality,
      threads,
      'first audio, ms (median)': round(median(firstMs), 0),
      'first audio, ms (worst)': round(Math.max(...firstMs), 0),
      'CPU until then, ms (median)': round(median(firstCpuMs), 0),
      'times real time (median)': round(median(factors), 1),
    })
  }
  server.close()
  await glowcast.stop()
  return rows
}

async function request(url: string, input: string, quality: string) {
  const started = performance.now()
  const startedCpu = process.cpuUsage()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ input, quality, response_format: 'wav' }),
  })
  let first: number | undefined
  let firstCpu = 0
  let bytes = 0
  for await (const part of response.body!) {
    bytes += part.length
    if (bytes <= wavHeaderBytes || first !== undefined) continue
    first = performance.now() - started
    const { user, system } = process.cpuUsage(startedCpu)
    firstCpu = (user + system) / 1000
  }
  const seconds = (bytes - wavHeaderBytes) / 2 / 22_050
  return { first: first!, firstCpu, all: performance.now() - started, seconds }
}
