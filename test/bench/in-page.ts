import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import { decodedSource } from '../../src/audio/files/audio-source.js'
import { createEngine } from '../../src/engine/index.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import { bundledModel, packageFolder } from '../../src/package-root.js'
import { choiceAmong } from '../../src/scoring/calibration/choose-set.js'
import { loadCalibration } from '../../src/scoring/calibration/store.js'
import { readRecording } from '../../src/scoring/recording/recording.js'
import { TextureDetector } from '../../src/scoring/texture/detector.js'
import { scoreRecording } from '../../src/scoring/verdict/file-score.js'
import { Vocoder } from '../../src/synthesis/vocoder.js'
import { LiveVoice } from '../../src/synthesis/voice/live-voice.js'
import { launchChromium } from '../browser/engines/chromium.js'

/**
 * `npm run build && node dist/test/bench/in-page.js`: runtimes for the flow in a page, in Chromium, and Node's beside them; one
 * thread each.
 */
const root = packageFolder()
const seconds = 10

interface Runtime {
  readonly name: string
  readonly worker: string
  readonly wasm: string
}

async function serve(folder: string) {
  const app = express()
  app.use('/package', express.static(join(root, 'dist/src')))
  app.use('/models', express.static(join(root, 'models')))
  app.use('/other', express.static(folder))
  app.use('/tfjs', express.static(join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/dist')))
  app.get('/', (_request, response) => {
    const script = `import { Vocoder } from '/package/web/index.js'; window.Vocoder = Vocoder`
    response.type('html').send(`<!doctype html><script type="module">${script}</script>`)
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** The worker of the package with TensorFlow.js in the place of ONNX Runtime. */
async function buildOther(folder: string): Promise<void> {
  await build({
    configFile: join(root, 'src/web/vite.config.ts'),
    build: { outDir: folder, emptyOutDir: false },
    resolve: {
      alias: [{ find: './runtime-engine.js', replacement: join(root, 'test/bench/in-page/tfjs-engine.ts') }],
    },
  })
}

/** A tone whose pitch moves, at the rate of the mel: what a voice and a score are timed with. The page runs it too. */
function soundOf(length: number): Float32Array {
  return Float32Array.from({ length: length * 22_050 }, (_, i) => {
    return 0.3 * Math.sin(i / 40 + 5 * Math.sin(i / 9000)) + 0.1 * Math.sin(i / 13)
  })
}

interface Times {
  readonly loadMs: number
  /** Seconds of work, by the number of passes. */
  readonly times: Readonly<Record<string, number>>
  /** Of a core, while a live voice speaks. */
  readonly liveShare: number
  readonly latencyMs: number
  readonly scoreSeconds: number
}

/** Runs in the page. A second visit, as the browser's storage has all files. */
const measure = `async (worker, seconds, isTimed) => {
  const sound = (${soundOf})(seconds)
  const workerUrl = new URL(worker, location.href)
  const begun = performance.now()
  const vocoder = await Vocoder.load('/models/glowcast-22k', { workerUrl })
  const loadMs = performance.now() - begun
  if (!isTimed) {
    vocoder.dispose()
    return { loadMs }
  }
  const { hopLength, sampleRate, melBands } = vocoder.mel
  const frames = Math.round((seconds * sampleRate) / hopLength)
  // Speech has values such as these; how long the flow takes depends on none of them.
  const data = Float32Array.from({ length: frames * melBands }, (_, i) => -5 + 2 * Math.sin(i))
  const times = {}
  for (const melProjections of [0, 8]) {
    const options = { melProjections, melScaleCheck: 'off', seed: 1 }
    times[melProjections] = Infinity
    for (let round = 0; round < 3; round++) {
      const started = performance.now()
      await vocoder.synthesize({ data, frames, channels: melBands }, options)
      times[melProjections] = Math.min(times[melProjections], (performance.now() - started) / 1000)
    }
  }
  const voice = await vocoder.openVoice({ sampleRate })
  for (let block = 0; block < (seconds * sampleRate) / 1024; block++) await voice.push(sound.subarray(1024 * block, 1024 * (block + 1)))
  const liveShare = voice.realTimeFactor
  const latencyMs = (1000 * voice.latencySamples) / sampleRate
  voice.close()
  const scored = performance.now()
  await vocoder.score({ sampleRate, channels: [sound] })
  const scoreSeconds = (performance.now() - scored) / 1000
  vocoder.dispose()
  return { loadMs, times, liveShare, latencyMs, scoreSeconds }
}`

async function row(browser: Browser, origin: string, { name, worker, wasm }: Runtime) {
  const page = await browser.newPage()
  await page.goto(origin)
  await page.waitForFunction('window.Vocoder !== undefined')
  const visit = (isTimed: boolean) =>
    page.evaluate<Times>(`(${measure})(${JSON.stringify(worker)}, ${seconds}, ${isTimed})`)
  const first = await visit(false)
  const second = await visit(true)
  await page.close()
  const script = (await (await fetch(new URL(worker, origin))).arrayBuffer()).byteLength
  return {
    runtime: name,
    'WASM MB': ((await stat(wasm)).size / 1e6).toFixed(2),
    'script MB': (script / 1e6).toFixed(2),
    'first load s': (first.loadMs / 1000).toFixed(2),
    'second load s': (second.loadMs / 1000).toFixed(2),
    ...speeds(second),
  }
}

function speeds({ times, liveShare, latencyMs, scoreSeconds }: Omit<Times, 'loadMs'>) {
  return {
    'times real time, flow alone': (seconds / times[0]!).toFixed(2),
    'with 8 passes': (seconds / times[8]!).toFixed(2),
    'live voice, share of a core': liveShare.toFixed(2),
    'its latency, ms': latencyMs.toFixed(1),
    'first score, times real time': (seconds / scoreSeconds).toFixed(2),
  }
}

/** The same of Node, with the same work. */
async function nativeRow() {
  const begun = performance.now()
  const model = await loadGlowcastModel(bundledModel)
  const { config, weights } = model
  const engine = await createEngine('onnx', { threads: 1 })
  const vocoder = await Vocoder.create(engine, config, weights)
  const loadMs = performance.now() - begun
  const { hopLength, sampleRate, melBands } = vocoder.mel
  const frames = Math.round((seconds * sampleRate) / hopLength)
  const data = Float32Array.from({ length: frames * melBands }, (_, i) => -5 + 2 * Math.sin(i))
  const secondsOf = async (work: () => Promise<unknown>) => {
    const started = performance.now()
    await work()
    return (performance.now() - started) / 1000
  }
  const times: Record<string, number> = {}
  for (const melProjections of [0, 8]) {
    const options = { melProjections, melScaleCheck: 'off', seed: 1 } as const
    const mel = { data, frames, channels: melBands }
    const rounds = []
    for (let round = 0; round < 3; round++) {
      rounds.push(await secondsOf(() => vocoder.synthesize(mel, options)))
    }
    times[melProjections] = Math.min(...rounds)
  }
  const sound = soundOf(seconds)
  const voice = await LiveVoice.create(engine, config, weights, { sampleRate })
  const liveSeconds = await secondsOf(async () => {
    for (let from = 0; from < sound.length; from += 1024) await voice.push(sound.subarray(from, from + 1024))
  })
  const scoreSeconds = await secondsOf(async () => {
    const detector = await TextureDetector.create(engine, model)
    const { groups } = await loadCalibration(join(bundledModel, 'calibration.json'), detector.model)
    const recording = () => readRecording(decodedSource({ sampleRate, channels: [sound] }), 'sound')
    const group = choiceAmong(groups, 'auto')
    await scoreRecording('sound', recording, detector, { group, falseAlarmRate: 0.01, seed: 0, index: 0 })
    await detector.dispose()
  })
  await voice.dispose()
  await vocoder.dispose()
  return {
    runtime: 'Node, onnxruntime-node',
    'WASM MB': '',
    'script MB': '',
    'first load s': (loadMs / 1000).toFixed(2),
    'second load s': '',
    ...speeds({
      times,
      liveShare: liveSeconds / seconds,
      latencyMs: (1000 * voice.latencySamples) / sampleRate,
      scoreSeconds,
    }),
  }
}

const folder = await mkdtemp(join(tmpdir(), 'glowcast-'))
await buildOther(folder)
const server = await serve(folder)
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
const browser = await launchChromium()
try {
  const wasmOf = (path: string) => join(root, path)
  console.table([await nativeRow()])
  for (const runtime of [
    {
      name: 'onnxruntime-web',
      worker: '/package/web/bundle/worker.js',
      wasm: wasmOf('dist/src/web/bundle/onnxruntime.wasm'),
    },
    {
      name: 'tfjs-backend-wasm',
      worker: '/other/worker.js',
      wasm: wasmOf('node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'),
    },
  ]) {
    console.table([await row(browser, origin, runtime)])
  }
} finally {
  await browser.close()
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
}
