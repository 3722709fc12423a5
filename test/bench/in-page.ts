import { once } from 'node:events'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import type { Browser } from 'playwright-core'
import { build } from 'vite'
import { packageFolder } from '../../src/package-root.js'
import { launchChromium } from '../browser/engines/chromium.js'

/** `npm run build && node dist/test/bench/in-page.js`: runtimes for the flow in a page, in Chromium, one thread each. */
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

/** Runs in the page. A second visit, as the browser's storage has all files. */
const measure = `async (worker, seconds) => {
  const workerUrl = new URL(worker, location.href)
  const begun = performance.now()
  const vocoder = await Vocoder.load('/models/glowcast-22k', { workerUrl })
  const loadMs = performance.now() - begun
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
  vocoder.dispose()
  return { loadMs, times }
}`

async function row(browser: Browser, origin: string, { name, worker, wasm }: Runtime) {
  const page = await browser.newPage()
  await page.goto(origin)
  await page.waitForFunction('window.Vocoder !== undefined')
  const visit = () =>
    page.evaluate<{ loadMs: number; times: Record<string, number> }>(
      `(${measure})(${JSON.stringify(worker)}, ${seconds})`,
    )
  const first = await visit()
  const second = await visit()
  await page.close()
  const speed = (passes: number) => (seconds / second.times[passes]!).toFixed(2)
  const script = (await (await fetch(new URL(worker, origin))).arrayBuffer()).byteLength
  return {
    runtime: name,
    'WASM MB': ((await stat(wasm)).size / 1e6).toFixed(2),
    'script MB': (script / 1e6).toFixed(2),
    'first load s': (first.loadMs / 1000).toFixed(2),
    'second load s': (second.loadMs / 1000).toFixed(2),
    'times real time, flow alone': speed(0),
    'with 8 passes': speed(8),
  }
}

const folder = await mkdtemp(join(tmpdir(), 'glowcast-'))
await buildOther(folder)
const server = await serve(folder)
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
const browser = await launchChromium()
try {
  const wasmOf = (path: string) => join(root, path)
  console.table([
    await row(browser, origin, {
      name: 'onnxruntime-web',
      worker: '/package/web/bundle/worker.js',
      wasm: wasmOf('dist/src/web/bundle/onnxruntime.wasm'),
    }),
    await row(browser, origin, {
      name: 'tfjs-backend-wasm',
      worker: '/other/worker.js',
      wasm: wasmOf('node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm'),
    }),
  ])
} finally {
  await browser.close()
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true })
}
