import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext, Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { bundledModel, packageFolder } from '../../../src/package-root.js'
import { textWait, untilText } from './in-page.js'
import { loadInPage } from './load-in-page.js'
import type { ChromiumPlace } from './place.js'
import { preset } from './samples.js'

const model = '/models/glowcast-22k'

/** Called in the page: as if what is stored had been damaged. */
async function damage(addresses: readonly string[]): Promise<void> {
  const cache = await caches.open('glowcast')
  for (const address of addresses) await cache.put(address, new Response('damaged'))
}

/** The file with another last character, and the length that the manifest says. */
async function altered(route: Route): Promise<void> {
  const text = await (await route.fetch()).text()
  await route.fulfill({ body: `${text.slice(0, -1)} ` })
}

/** What the vocoder of a page loads, checks and stores. */
export function testVocoderFiles(place: ChromiumPlace): void {
  let context: BrowserContext
  let page: Page
  let files: Record<string, { bytes: number; sha256: string }>

  beforeAll(async () => {
    files = JSON.parse(await readFile(join(bundledModel, 'manifest.json'), 'utf8')).files
    context = await place.browser().newContext()
    page = await context.newPage()
    await page.goto(`${place.site().origin}/vocoder.html`)
    await page.evaluate(untilText, textWait('body', /^ready$/))
  })

  afterEach(() => page.unrouteAll())
  afterAll(() => context?.close())

  const load = (address = model) => page.evaluate(loadInPage, address)

  async function expectFullProgress(): Promise<void> {
    const told = await page.evaluate(() => window.progress)
    const runtime = await stat(join(packageFolder(), 'dist/src/web/bundle/onnxruntime.wasm'))
    const total = Object.values(files).reduce((sum, { bytes }) => sum + bytes, runtime.size)
    expect(told.at(-1)).toEqual({ loaded: total, total })
    const loaded = told.map((progress) => progress.loaded)
    expect(loaded).toEqual(loaded.toSorted((a, b) => a - b))
    expect(told.every((progress) => progress.loaded <= progress.total)).toBe(true)
  }

  it('loads the model in the place of a damaged one, tells how much of it is there, and stores it', async () => {
    await page.evaluate(
      damage,
      Object.entries(files).map(([name, { sha256 }]) => `${model}/${name}?sha256=${sha256}`),
    )
    expect(await load()).toBeNull()
    const loaded = await page.evaluate(() => {
      const { isStored, mel, engine } = window.vocoder
      window.vocoder.dispose()
      return { isStored, engine, hopLength: mel.hopLength }
    })
    expect(loaded).toEqual({
      isStored: true,
      engine: expect.stringMatching(/^ONNX Runtime [\d.]+ in WebAssembly, 1 thread$/),
      hopLength: preset.hopLength,
    })
    await expectFullProgress()
  })

  it('loads without a network the next time, whatever parameters the address has', async () => {
    await page.route('**/models/**', (route) => route.abort())
    await page.route('**/onnxruntime.wasm', (route) => route.abort())
    expect(await load(`${model}/?token=2`)).toBeNull()
    await page.evaluate(() => window.vocoder.dispose())
    await expectFullProgress()
  })

  it('refuses files whose hash is another, and passes parameters of the address on', async () => {
    await page.evaluate(() => caches.delete('glowcast'))
    await page.route('**/config.json?token=2', altered)
    expect(await load(`${model}?token=2`)).toMatch(
      /^INVALID_MODEL \S+config\.json\?token=2: got sha256 [0-9a-f]{64}, expected [0-9a-f]{64}, as manifest\.json says$/,
    )
    expect(await page.evaluate(async () => (await (await caches.open('glowcast')).keys()).length)).toBe(0)
  })

  it('refuses a runtime of another version', async () => {
    await page.route('**/onnxruntime.wasm', (route) => route.fulfill({ body: 'another' }))
    expect(await load()).toMatch(
      /^ENGINE_UNAVAILABLE \S+onnxruntime\.wasm: got sha256 [0-9a-f]{64}, expected [0-9a-f]{64}, that of this version$/,
    )
  })

  it('says which file is not there', async () => {
    expect(await load('/models/none')).toMatch(/^INVALID_MODEL \S+manifest\.json: got status 404/)
    expect(await load('http://')).toBe('INVALID_ARGUMENT url: got http://, expected an address')
    await page.route('**/worker.js', (route) => route.fulfill({ status: 404 }))
    expect(await load()).toBe(
      'ENGINE_UNAVAILABLE worker of the vocoder: got a script that does not load, expected worker.js of this origin, placed or named by workerUrl',
    )
  })
}
