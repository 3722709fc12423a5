import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeEngines, launchEngine } from './engines/launch.js'
import type { Engine, Tab } from './engines/types.js'
import { type Site, startSite } from './site/site.js'
import { testPage } from './suites/page-journeys.js'
import type { EnginePlace } from './suites/place.js'
import { testSilence, testSound } from './suites/sound.js'
import { testVocoderInPage } from './suites/vocoder-in-page.js'

const html = `<!doctype html><title>Engine</title><button>no</button>
<script>document.querySelector('button').onclick = (event) => event.target.textContent = event.isTrusted</script>`

const token = 'a-token-for-the-page-tests'

let site: Site
let server: Server
beforeAll(async () => {
  server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(html)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  site = await startSite({}, [token])
})
afterAll(async () => {
  await site?.stop()
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
