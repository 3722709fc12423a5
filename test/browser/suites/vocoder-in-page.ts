import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createEngine } from '../../../src/engine/index.js'
import { loadModel } from '../../../src/models/load-model.js'
import { bundledModel } from '../../../src/package-root.js'
import { Vocoder } from '../../../src/synthesis/vocoder.js'
import type { LoadProgress, Vocoder as PageVocoder } from '../../../src/web/index.js'
import type { ChromiumPlace } from './place.js'
import { decoded, encoded, preset, speechMel } from './samples.js'

declare global {
  interface Window {
    Vocoder: typeof PageVocoder
    vocoder: PageVocoder
    progress: LoadProgress[]
  }
}

/** More than one chunk, and no whole number of them. */
const frames = 250
const options = { seed: 3, melProjections: 8 }
const step = 1 / 2 ** 15

/** Called in the page. @returns what the load was refused with */
async function load(model: string): Promise<string | undefined> {
  window.progress = []
  try {
    window.vocoder = await window.Vocoder.load(model, { progress: (told) => window.progress.push(told) })
    return undefined
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return `${code} ${message}`
  }
}

/** Called in the page. @param size mel frames in each part of the stream; 0: not streamed */
async function say(wanted: { mel: string; bands: number; size: number; options: object }): Promise<string> {
  const { bands, size } = wanted
  const data = new Float32Array(Uint8Array.from(atob(wanted.mel), (c) => c.charCodeAt(0)).buffer)
  const of = (part: Float32Array) => ({ data: part, frames: part.length / bands, channels: bands })
  const parts: Float32Array[] = []
  if (size === 0) parts.push(await window.vocoder.synthesize(of(data), wanted.options))
  else {
    const pieces = async function* () {
      for (let at = 0; at < data.length; at += size * bands) yield of(data.subarray(at, at + size * bands))
    }
    for await (const samples of window.vocoder.stream(pieces(), wanted.options)) parts.push(samples)
  }
  const bytes = parts.flatMap((part) => Array.from(new Uint8Array(part.buffer)))
  return btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''))
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0)
}

/** The flow without a server: it computes in a worker of the page. */
export function testVocoderInPage(place: ChromiumPlace): void {
  let context: BrowserContext
  let page: Page
  let mel: string
  let whole: Float32Array

  beforeAll(async () => {
    context = await place.browser().newContext()
    page = await context.newPage()
    await page.goto(`${place.site().origin}/plain.html`)
    const content = `import { Vocoder } from '/package/web/index.js'; window.Vocoder = Vocoder`
    await page.addScriptTag({ type: 'module', content })
    await page.waitForFunction(() => window.Vocoder !== undefined)
    mel = encoded((await speechMel(frames)).mel)
  })

  afterAll(() => context?.close())

  it('loads the model, tells how much of it is there, and stores it', async () => {
    expect(await page.evaluate(load, '/models/glowcast-22k')).toBeUndefined()
    const { last, isStored, hopLength } = await page.evaluate(() => ({
      last: window.progress.at(-1)!,
      isStored: window.vocoder.isStored,
      hopLength: window.vocoder.mel.hopLength,
    }))
    expect(last.loaded).toBe(last.total)
    expect(last.total).toBeGreaterThan(20_000_000)
    expect(isStored).toBe(true)
    expect(hopLength).toBe(preset.hopLength)
  })

  it('gives the samples that Node gives', async () => {
    whole = decoded(await page.evaluate(say, { mel, bands: preset.melBands, size: 0, options }))
    const { config, weights } = await loadModel(bundledModel)
    const vocoder = await Vocoder.create(await createEngine('onnx', { threads: 1 }), config, weights)
    const expected = await vocoder.synthesize(
      { data: decoded(mel), frames, channels: preset.melBands },
      options,
    )
    await vocoder.dispose()
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.1)
    expect(largestDifference(whole, expected)).toBeLessThan(step)
  })

  it('gives a stream the samples of the whole', async () => {
    const streamed = decoded(await page.evaluate(say, { mel, bands: preset.melBands, size: 37, options }))
    expect(largestDifference(streamed, whole)).toBeLessThan(step)
  })

  it('says what is wrong in the words of Node', async () => {
    const wrong = { mel, bands: 40, size: 0, options }
    await expect(page.evaluate(say, wrong)).rejects.toThrow('mel: got 40 bands, expected 80 bands')
  })

  it('loads without a network the next time', async () => {
    await page.evaluate(() => window.vocoder.dispose())
    await page.route('**/models/**', (route) => route.abort())
    await page.route('**/onnxruntime.wasm', (route) => route.abort())
    expect(await page.evaluate(load, '/models/glowcast-22k')).toBeUndefined()
    await page.evaluate(() => window.vocoder.dispose())
    await context.unrouteAll()
    await page.unrouteAll()
  })

  it('refuses a config that is not the one of the manifest', async () => {
    await page.evaluate(() => caches.delete('glowcast'))
    await page.route('**/config.json', (route) => route.fulfill({ body: '{}' }))
    expect(await page.evaluate(load, '/models/glowcast-22k')).toMatch(
      /^INVALID_MODEL \S+config\.json: got 2 bytes, expected 1315 bytes, as manifest\.json says/,
    )
    await page.unrouteAll()
  })

  it('says that there is no model', async () => {
    expect(await page.evaluate(load, '/models/none')).toMatch(
      /^INVALID_MODEL \S+manifest\.json: got status 404/,
    )
  })
}
