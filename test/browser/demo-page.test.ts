import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { GlowcastClient } from '../../web-audio-client/client.js'
import { melConvention } from '../../web-audio-client/demo/mel-convention.js'
import type { CreateSocket } from '../../web-audio-client/socket.js'
import { chromiumPath, launchChromium } from './chromium.js'
import { DemoVisit, phone } from './demo-visit.js'
import { type Site, startSite } from './site.js'

const speech = fileURLToPath(new URL('../fixtures/audio/speech.opus', import.meta.url))

describe.skipIf(chromiumPath === undefined)('The demo page in Chromium, from the real server', () => {
  let site: Site
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let visit: DemoVisit
  let complaints: readonly string[]

  beforeAll(async () => {
    site = await startSite({ streams: 2 })
    browser = await launchChromium()
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await site?.stop()
  })

  beforeEach(async () => {
    visit = await DemoVisit.begin(browser, site.origin)
    ;({ context, page, complaints } = visit)
  })

  afterEach(() => visit.end())

  const expectText: DemoVisit['expectText'] = (...given) => visit.expectText(...given)
  const litShare = (id: string) => visit.litShare(id)

  it('plays a clip on one click, draws both spectrograms, and tells its figures', async () => {
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    expect(await litShare('result')).toBe(0)
    await page.click('#clips button >> nth=0')
    await expectText('#play', /^Stop$/)
    await expectText('#position', /^[1-3]\.\d$/)
    await expectText('#rtf', /^\d\.\d{3}$/)
    await expectText('#first-sound', /^\d+ ms$/)
    await expectText('#underruns', /^\d+$/)
    await expectText('#traffic', /^9\d \/ 15\d kB$/)
    expect(await page.locator('#clips button >> nth=0').getAttribute('aria-pressed')).toBe('true')
    for (const id of ['original', 'result']) {
      expect(await litShare(id)).toBeGreaterThan(0.1)
      expect(await litShare(id)).toBeLessThan(0.9)
      expect(await page.locator(`#${id}`).getAttribute('aria-label')).toMatch(/, 3\.\d seconds$/)
    }
    // Nothing sticks out on a phone's screen.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width)
    await expectText('#play', /^Play$/)
    expect(await page.locator('#alert').isVisible()).toBe(false)
    expect(complaints).toEqual([])
  })

  it('plays what was asked for last when clicks come fast', async () => {
    for (const index of [0, 1, 2, 3]) await page.click(`#clips button >> nth=${index}`)
    await expectText('#original-note', /Ich verstehe das nicht$/)
    await expectText('#position', /^[12]/)
    await expectText('#duration', /^2\.8$/)
    await expectText('#play', /^Play$/)
    expect(await page.locator('#alert').isVisible()).toBe(false)
    expect(complaints).toEqual([])
  })

  it('works from the keyboard, and plays the original in its place', async () => {
    // Past the link to the scoring panel.
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await expectText('#position', /^0\.[5-9]$|^[1-3]/)
    await page.focus('input[value=result]')
    await page.keyboard.press('ArrowLeft')
    expect(await page.isChecked('input[value=original]')).toBe(true)
    await expectText('#position', /^[1-3]/)
    await expectText('#play', /^Stop$/)
    await page.focus('#play')
    await page.keyboard.press('Space')
    await expectText('#play', /^Play$/)
    expect(complaints).toEqual([])
  })

  it('takes a file, and speaks it again with another pitch', async () => {
    await page.setInputFiles('#file', speech)
    await expectText('#rtf', /^\d\.\d{3}$/)
    expect(await page.textContent('#original-note')).toBe('speech.opus')
    await page.focus('#pitch')
    await page.keyboard.press('ArrowRight')
    await expectText('#pitch-value', /^\+1 semitone$/)
    await expectText('#rtf', /^–$/)
    await expectText('#rtf', /^\d\.\d{3}$/)
    expect(complaints).toEqual([])
  })

  it('says so when a file is no audio, and when the microphone is refused', async () => {
    await page.setInputFiles('#file', {
      name: 'x.wav',
      mimeType: 'audio/wav',
      buffer: Buffer.from('no audio'),
    })
    await expectText('#alert-text', /^This file could not be read as audio/)
    await page.click('#speak')
    await expectText('#alert-text', /may not use the microphone/)
    expect(await page.getAttribute('#speak', 'aria-pressed')).toBe('false')
  })

  it('sends the microphone while it is open, and plays it when it is closed', async () => {
    await context.grantPermissions(['microphone'])
    await page.click('#speak')
    await expectText('#duration', /^[2-9]\.\d$/)
    await expect.poll(() => litShare('result')).toBeGreaterThan(0.005)
    expect(await page.textContent('#speak')).toBe('Stop')
    await page.click('#speak')
    await expectText('#position', /^0\.[1-9]$|^[1-9]/)
    await expectText('#rtf', /^\d\.\d{3}$/)
    expect(complaints).toEqual([])
  })

  it('plays the microphone while it is open when asked to', async () => {
    await context.grantPermissions(['microphone'])
    await page.check('#live')
    await page.click('#speak')
    await expectText('#position', /^[1-9]/)
    expect(await page.textContent('#speak')).toBe('Stop')
    await page.click('#speak')
    await expectText('#play', /^Play$/)
    expect(complaints).toEqual([])
  })

  it('says that the server is full, and plays when asked again', async () => {
    const createSocket = ((url, protocols) => new WebSocket(url, protocols)) as CreateSocket
    const other = new GlowcastClient({ url: `${site.origin.replace('http', 'ws')}/v1/stream`, createSocket })
    const streams = [other.open({ mel: melConvention }), other.open({ mel: melConvention })]
    await Promise.all(streams.map(({ opened }) => opened))
    await page.click('#clips button >> nth=3')
    await expectText('#alert-text', /^The server is full\. Try again in \d s\.$/)
    await Promise.all(streams.map((stream) => stream.cancel()))
    other.close()
    await page.click('#retry')
    await expectText('#position', /^[1-9]/)
    expect(await page.locator('#alert').isVisible()).toBe(false)
  })
})
