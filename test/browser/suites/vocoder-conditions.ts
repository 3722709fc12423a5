import type { BrowserContext, Page } from 'playwright-core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { logMel } from '../../../src/audio/mel/mel.js'
import type { ScoreAnswer } from '../../../src/web/index.js'
import { textWait, untilText } from './in-page.js'
import { loadInPage } from './load-in-page.js'
import type { ChromiumPlace } from './place.js'
import { preset } from './samples.js'

const model = '/models/glowcast-22k'

/** Of a page that allows nothing else: no `blob:`, no `data:`, and no text becomes a script. */
const strictPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'"

/** Called in the page: a second of a tone with overtones, as samples of two channels. */
async function scoreTone(sampleRate: number): Promise<ScoreAnswer> {
  const tone = Float32Array.from({ length: sampleRate }, (_, i) => {
    const cycles = (150 * i) / sampleRate
    return 0.2 * Math.sin(2 * Math.PI * cycles) + 0.1 * Math.sin(6 * Math.PI * cycles)
  })
  return window.vocoder.score({ sampleRate, channels: [tone, tone] })
}

/** What a browser, a server or a network may do to the vocoder of a page. */
export function testVocoderConditions(place: ChromiumPlace): void {
  let context: BrowserContext
  let page: Page

  beforeEach(async () => {
    context = await place.browser().newContext()
    page = await context.newPage()
  })
  afterEach(() => context.close())

  const open = async () => {
    await page.goto(`${place.site().origin}/vocoder.html`)
    await page.evaluate(untilText, textWait('body', /^ready$/))
  }
  const load = (address = model) => page.evaluate(loadInPage, address)

  /** The header that a server sends with the page and its worker. */
  async function withPolicy(policy: string): Promise<void> {
    await page.route(/(vocoder\.html|worker\.js)$/, async (route) => {
      const response = await route.fetch()
      const headers = { ...response.headers(), 'content-security-policy': policy }
      await route.fulfill({ response, headers })
    })
  }

  /** What a worker runs before its own script. */
  async function withPreamble(script: string): Promise<void> {
    await page.route('**/worker.js', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: `${script}\n${await response.text()}` })
    })
  }

  it('speaks and scores any rate under a strict policy, with full storage, and leaves no worker behind', async () => {
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await withPolicy(strictPolicy)
    await open()
    const { origin } = place.site()
    const devtools = await context.newCDPSession(page)
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 })
    expect(await load()).toBeNull()
    expect(await page.evaluate(() => window.vocoder.isStored)).toBe(false)
    const samples = await page.evaluate(async (melBands) => {
      const mel = { data: new Float32Array(20 * melBands).fill(-5), frames: 20, channels: melBands }
      const { length } = await window.vocoder.synthesize(mel, { melProjections: 0, melScaleCheck: 'off' })
      return length
    }, preset.melBands)
    expect(samples).toBe(20 * preset.hopLength)
    for (const [sampleRate, group] of [
      [8000, 'telephone'],
      [96_000, 'telephone'],
    ] as const) {
      const answer = await page.evaluate(scoreTone, sampleRate)
      expect(answer.error).toBeUndefined()
      expect(answer).toMatchObject({
        pValue: expect.any(Number),
        groupChoice: { group },
        input: { sampleRate, seconds: 1, channels: 2 },
        warnings: expect.arrayContaining([expect.objectContaining({ code: 'RATE_MISMATCH' })]),
      })
    }
    expect(complaints).toEqual([])
    expect(page.workers()).toHaveLength(1)
    await page.evaluate(() => window.vocoder.dispose())
    await expect.poll(() => page.workers()).toHaveLength(0)
  })

  it('says what a policy without WebAssembly lacks', async () => {
    await withPolicy("script-src 'self'")
    await open()
    expect(await load()).toBe(
      "ENGINE_UNAVAILABLE worker of the vocoder: got a content security policy without WebAssembly, expected 'wasm-unsafe-eval' in the script-src of worker.js",
    )
    await expect.poll(() => page.workers()).toHaveLength(0)
  })

  it('tells of a download that breaks off, and loads with the next try where storage is refused', async () => {
    await withPreamble("caches.open = () => Promise.reject(new DOMException('refused', 'SecurityError'))")
    await open()
    const { proxy } = place.site()
    proxy.after(4_000_000, () => proxy.cut())
    expect(await load()).toMatch(
      /^INVALID_MODEL \S+weights\.safetensors: got no answer \(.+\), expected a file$/,
    )
    await expect.poll(() => page.workers()).toHaveLength(0)
    expect(await load()).toBeNull()
    expect(await page.evaluate(() => window.vocoder.isStored)).toBe(false)
  })

  it('gives a load up that is aborted', async () => {
    await open()
    const said = await page.evaluate(async (address) => {
      const aborting = new AbortController()
      const options = { signal: aborting.signal, progress: () => aborting.abort(new Error('not wanted')) }
      return window.Vocoder.load(address, options).catch((error: Error) => error.message)
    }, model)
    expect(said).toBe('not wanted')
    await expect.poll(() => page.workers()).toHaveLength(0)
  })

  it('says in a sentence that a browser has no SIMD', async () => {
    await page.addInitScript(() => Object.assign(WebAssembly, { validate: () => false }))
    await open()
    expect(await load()).toBe(
      'ENGINE_UNAVAILABLE page: got WebAssembly without SIMD, expected a browser of 2023 or later',
    )
  })

  it('makes mels in the page as Node does', async () => {
    await open()
    const tone = (length: number) => Array.from({ length }, (_, i) => Math.sin(i / 10) * Math.cos(i / 300))
    const got = await page.evaluate((samples) => {
      const { logMel, melPresets, readMelConvention } = window.mels
      const { data } = logMel(Float32Array.from(samples), melPresets['nvidia-22k'])
      return { data: Array.from(data), hop: readMelConvention('nvidia-22k').hopLength }
    }, tone(4096))
    const expected = logMel(Float32Array.from(tone(4096)), preset).data
    expect(got.hop).toBe(preset.hopLength)
    expect(got.data).toHaveLength(expected.length)
    expect(Math.max(...got.data.map((value, i) => Math.abs(value - expected[i]!)))).toBeLessThan(1e-5)
  })
}
