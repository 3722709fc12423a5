import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express, { type RequestHandler } from 'express'
import { build, type Rollup } from 'vite'
import { createApp } from '../../../server/app.js'
import { createGlowcast, type Glowcast } from '../../../server/index.js'
import type { ServerLimits } from '../../../server/operations/limits.js'
import { ScoringThreads } from '../../../server/scoring/threads.js'
import { SynthesisPool } from '../../../server/synthesis/pool.js'
import { calibrationFile } from '../../../src/models/files/model-folder.js'
import { bundledModel } from '../../../src/package-root.js'
import { built } from '../../built.js'
import { MockAcoustic } from '../../server/mock-acoustic.js'
import { NetworkProxy } from './network-proxy.js'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** The real server with the bundled model, an acoustic model that says nothing, and its demo page, the harness pages beside it, and a bad network before. */
export interface Site {
  readonly glowcast: Glowcast
  readonly proxy: NetworkProxy
  readonly origin: string
  stop(): Promise<void>
}

/** What computes for the sites of a test: to start it takes most of the time that a site takes. */
export interface SiteThreads {
  readonly backend: SynthesisPool
  readonly scoring: ScoringThreads
}

export async function startThreads(): Promise<SiteThreads> {
  await built('server', 'wasm', 'web', 'engine', 'wam')
  const onCrash = (error: Error) => console.error(error)
  const calibration = join(bundledModel, calibrationFile)
  return {
    backend: await SynthesisPool.start({ modelFolder: bundledModel, threads: 1, onCrash }),
    scoring: await ScoringThreads.start({
      modelFolder: bundledModel,
      calibrationFile: calibration,
      onCrash,
    }),
  }
}

/**
 * @param threads that end with the first site that stops
 * @param tokens that the server asks for; absent: none
 */
export async function startSite(
  threads: SiteThreads,
  limits: Partial<ServerLimits> = {},
  tokens: readonly string[] = [],
): Promise<Site> {
  const acousticModel = new MockAcoustic()
  const glowcast = await createGlowcast({ ...threads, limits, tokens, acousticModel })
  const app = express()
  for (const name of ['harness', 'wam-host', 'wam-host-worklet']) {
    app.get(`/${name}.js`, async (_request, response) => void response.type('js').send(await harness(name)))
  }
  app.get('/wam-host.html', (_request, response) => {
    response
      .type('html')
      .send('<!doctype html><title>Host</title><body><script type="module" src="/wam-host.js"></script>')
  })
  app.use('/client', isolated, express.static(path('../../../dist/web-audio-client')))
  app.use('/package', express.static(path('../../../dist/src')))
  app.use('/models', express.static(path('../../../models')))
  // As a visitor serves it to try an example.
  app.use('/repository', express.static(path('../../..')))
  app.use('/harness', isolated, express.static(path('./harness')))
  const html =
    '<!doctype html><title>Harness</title><body style="height: 100vh"><script type="module" src="/harness.js"></script>'
  app.get('/isolated.html', isolated, (_request, response) => void response.type('html').send(html))
  app.get('/plain.html', (_request, response) => void response.type('html').send(html))
  const vocoder = `import { Vocoder } from '/package/web/index.js'
    import * as mels from '/package/web/bundle/mel.js'
    Object.assign(window, { Vocoder, mels })
    document.body.textContent = 'ready'`
  app.get('/vocoder.js', (_request, response) => void response.type('js').send(vocoder))
  app.get('/vocoder.html', (_request, response) => {
    response
      .type('html')
      .send('<!doctype html><title>Vocoder</title><body><script type="module" src="/vocoder.js"></script>')
  })
  app.use(createApp(glowcast))
  const server: Server = createServer(app)
  glowcast.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await NetworkProxy.start((server.address() as AddressInfo).port)
  return {
    glowcast,
    proxy,
    origin: proxy.origin,
    async stop() {
      await proxy.stop()
      await glowcast.stop()
      server.closeAllConnections()
      server.close()
    },
  }
}

const isolated: RequestHandler = (_request, response, next) => {
  response.set({
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
  })
  next()
}

const harnesses = new Map<string, Promise<string>>()

/** Built for the first page that asks for it. @param name of a file in the harness's folder */
function harness(name: string): Promise<string> {
  if (!harnesses.has(name)) harnesses.set(name, buildHarness(name))
  return harnesses.get(name)!
}

/** A harness as a module that imports the client as it ships. */
async function buildHarness(name: string): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      lib: { entry: path(`./harness/${name}.ts`), formats: ['es'] },
      rollupOptions: {
        external: [/web-audio-client\/index\.js$/, /^\/package\//],
        output: { paths: (id) => (id.startsWith('/package/') ? id : '/client/index.js') },
      },
    },
  })
  const [bundle] = output as Rollup.RollupOutput[]
  return bundle!.output[0].code
}
