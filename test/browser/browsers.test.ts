import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadMono } from '../../src/audio/files/audio-file.js'
import { encodeWav } from '../../src/audio/wav/wav.js'
import { chromiumPath, launchChromium } from './engines/chromium.js'
import { describeEngines, launchEngine } from './engines/launch.js'
import { isRequired } from './engines/programs.js'
import type { Engine, Tab } from './engines/types.js'
import { type Site, startSite, startThreads } from './site/site.js'
import { testDemoPage } from './suites/demo-page.js'
import { testPage } from './suites/page-journeys.js'
import type { ChromiumPlace, EnginePlace } from './suites/place.js'
import { testPlayer } from './suites/player.js'
import { testScorePanel } from './suites/score-panel.js'
import { testSilence, testSound } from './suites/sound.js'
import { testStaticSite } from './suites/static-site.js'
import { testTextBox } from './suites/text-box.js'
import { testVocoderConditions } from './suites/vocoder-conditions.js'
import { testVocoderFiles } from './suites/vocoder-files.js'
import { testVocoderInPage } from './suites/vocoder-in-page.js'
import { testWam } from './suites/wam.js'

const html = `<!doctype html><title>Engine</title><button>no</button>
<script>document.querySelector('button').onclick = (event) => event.target.textContent = event.isTrusted</script>`

const token = 'a-token-for-the-page-tests'

let site: Site
/** Of the same threads, without a token. */
let open: Site
let server: Server
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(html)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const threads = await startThreads()
  site = await startSite(threads, {}, [token])
  open = await startSite(threads, { streams: 2 })
})
afterAll(async () => {
  await Promise.all([open?.stop(), site?.stop()])
  server?.closeAllConnections()
  server?.close()
})

/** One browser and one tab for all that an engine is to do. */
describeEngines('All', (name) => {
  let engine: Engine
  let tab: Tab

  beforeAll(async () => {
    engine = await launchEngine(name)
    tab = await engine.open()
  })

  afterAll(async () => {
    await tab?.close()
    await engine?.close()
  })

  it('opens a page, clicks it, and tells what it complains of', async () => {
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    expect(await tab.evaluate(async ({ a }) => a + 1, { a: 2 })).toBe(3)
    await expect(tab.evaluate(() => Promise.reject(new Error('broken')), null)).rejects.toThrow('broken')
    await tab.click('button')
    expect(await tab.evaluate(() => document.querySelector('button')!.textContent, null)).toBe('true')
    await tab.press('Enter')
    await tab.evaluate(
      () =>
        void setTimeout(() => {
          throw new Error('late')
        }),
      null,
    )
    await expect.poll(() => tab.complaints()).toEqual([expect.stringMatching('late')])
  })

  const place: EnginePlace = { name, token, tab: () => tab, site: () => site }
  describe('player and client', () => testSound(place))
  describe('the page', () => testPage(place))
  describe('the vocoder in the page', () => testVocoderInPage(place))
})

testSilence(() => site)

const clip = new URL('../../web-audio-client/demo/public/clips/kerstin-1.flac', import.meta.url)
const sampleRate = 22_050

/** What needs no other engine, or only Chromium can do: one browser for all of it. */
describe.skipIf(chromiumPath === undefined)('In Chromium, from the real server', () => {
  let folder: string
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glowcast-'))
    const heard = join(folder, 'heard.wav')
    const samples = await loadMono(fileURLToPath(clip), sampleRate)
    await writeFile(heard, encodeWav({ sampleRate, channels: [samples] }, { format: 'int16' }))
    browser = await launchChromium(heard)
  })

  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true })
  })

  const place: ChromiumPlace = { site: () => open, browser: () => browser }
  describe('the demo page', () => testDemoPage(place))
  describe('the scoring panel', () => testScorePanel(place))
  describe('the box for a text', () => testTextBox(place))
  // Not in a plain run, for the time that they take: it sees the vocoder in the page load its files, but not all that they refuse.
  describe.runIf(isRequired('chromium'))('the vocoder in the page', () => {
    describe('files', () => testVocoderFiles(place))
    describe('conditions', () => testVocoderConditions(place))
    describe('of a static host', () => testStaticSite(place))
    describe('as a plug-in', () => testWam(place))
  })
  describe('the player', () => testPlayer(place))
})
