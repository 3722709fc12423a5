import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeEngines, launchEngine } from './engine.js'
import type { Engine } from './engine-types.js'

const html = `<!doctype html><title>Engine</title><button>no</button>
<script>document.querySelector('button').onclick = (event) => event.target.textContent = event.isTrusted</script>`

describeEngines('The harness', (name) => {
  let server: Server
  let engine: Engine

  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.setHeader('Content-Type', 'text/html')
      response.end(html)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    engine = await launchEngine(name)
  })

  afterAll(async () => {
    await engine?.close()
    server.closeAllConnections()
    server.close()
  })

  it('opens a page, clicks it, and tells what it complains of', async () => {
    const tab = await engine.open()
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
    await tab.close()
  })
})
