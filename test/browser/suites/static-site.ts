import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { packageFolder } from '../../../src/package-root.js'
import { built } from '../../built.js'
import { fakeMidi } from './fake-midi.js'
import { textWait, untilText } from './in-page.js'
import type { ChromiumPlace } from './place.js'

/** The folder that `npm run build:site` writes, from a host that only has files. */
export function testStaticSite(place: ChromiumPlace): void {
  let server: Server

  beforeAll(async () => {
    await built('site')
    const app = express().use('/some/folder', express.static(join(packageFolder(), 'dist', 'site')))
    server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => server.close())

  it('speaks and scores in a folder of any host, the second time without a network', async () => {
    const context = await place.browser().newContext({ permissions: ['microphone'] })
    const page = await context.newPage()
    await page.addInitScript(fakeMidi)
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/folder/`
    const elsewhere: string[] = []
    page.on('request', (request) => request.url().startsWith(address) || elsewhere.push(request.url()))
    const said = (id: string, pattern: RegExp) => page.evaluate(untilText, textWait(`#${id}`, pattern))
    await page.goto(address)
    await said('status', /^Ready after [\d.]+ s, stored for the next visit\. ONNX Runtime/)
    await page.evaluate(async () => void (await navigator.serviceWorker.ready))
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    await page.reload()
    await said('status', /^Ready after/)
    await page.click('#clip')
    await said('voice', /^Rebuilt 3\.\d s at [\d.]+ times real time$/)
    await page.click('#speak')
    await said('live', /^\d+ ms behind, [1-9]\d* % of a core, underruns: \d+$/)
    // Held while it speaks, and let go.
    await page.getByRole('button', { name: 'C3', exact: true }).press('KeyA')
    await page.click('#use-midi')
    await said('midi', /^Play\.$/)
    await page.evaluate(() => window.pressKey([0x90, 57, 100]))
    await page.click('#speak')
    await page.waitForSelector('#speak[aria-pressed=false]')
    await page.click('#score-clip')
    await said('verdict', /^As normal recordings are, p = 0\.\d+$/)
    await said('details', /^Compared with full-band/)
    expect(elsewhere).toEqual([])
    await context.close()
  })
}
