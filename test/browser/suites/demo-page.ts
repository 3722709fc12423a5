import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { decodeWav, encodeWav } from '../../../src/audio/wav/wav.js'
import { GlowcastClient } from '../../../web-audio-client/client.js'
import type { CreateSocket } from '../../../web-audio-client/connection/socket.js'
import { melConvention } from '../../../web-audio-client/demo/vocoder/mel-convention.js'
import { DemoVisit, phone } from './demo-visit.js'
import { countWaits } from './in-page.js'
import type { ChromiumPlace } from './place.js'

const clip = (name: string) =>
  fileURLToPath(new URL(`../../../web-audio-client/demo/public/clips/${name}.flac`, import.meta.url))
/** A clip's button, from 0. */
const card = (index: number) => `#clips li:nth-child(${index + 1}) button`
const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

const speech = fileURLToPath(new URL('../../fixtures/audio/speech.opus', import.meta.url))

export function testDemoPage({ site, browser }: ChromiumPlace): void {
  let context: BrowserContext
  let page: Page
  let visit: DemoVisit
  let complaints: readonly string[]
  let axeSource: string

  beforeAll(async () => {
    axeSource = await readFile(axeFile, 'utf8')
    visit = await DemoVisit.begin(browser(), site().origin)
    ;({ context, page, complaints } = visit)
  })

  afterAll(() => visit?.end())

  beforeEach(() => visit.renew())

  const expectText: DemoVisit['expectText'] = (...given) => visit.expectText(...given)
  const litShare = (id: string) => visit.litShare(id)

  it('waits for its next picture once at a time where less motion is asked for', async () => {
    await page.evaluate(countWaits, 250)
    await page.click(card(3))
    await expectText('#rtf', /^\d\.\d{3}$/)
    await expectText('#play', /^Play$/)
    expect(await page.evaluate(() => window.maxWaits)).toBe(1)
  })

  it('plays a clip on one click, draws both spectrograms, and tells its figures', async () => {
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    expect(await litShare('result')).toBe(0)
    await page.click(card(0))
    await expectText('#play', /^Pause$/)
    await expectText(card(0), /Stop$/)
    await expectText('#position', /^[1-3]\.\d$/)
    await expectText('#rtf', /^\d\.\d{3}$/)
    const first = await page.textContent('#first-sound')
    // From the click, on one clock: playback waits for 150 ms of sound at least.
    expect(Number(/^(-?\d+) ms$/.exec(first!)![1])).toBeGreaterThan(0)
    await expectText('#underruns', /^\d+$/)
    await expectText('#traffic', /^9\d \/ 15\d kB$/)
    expect(await page.getAttribute(card(0), 'aria-pressed')).toBe('true')
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

  it('measures the first sound of each click from that click', async () => {
    const heard = async () => {
      await expectText('#first-sound', /^-?\d+ ms$/)
      return Number.parseInt((await page.textContent('#first-sound'))!, 10)
    }
    await page.click(card(0))
    expect(await heard()).toBeGreaterThan(0)
    // While the first still plays.
    await page.click(card(3))
    await expectText('#first-sound', /^–$/)
    expect(await heard()).toBeGreaterThan(0)
    await expectText('#buffered-note', /^starts at (1[5-9]\d|[2-9]\d\d|\d{4,}) ms$/)
    expect(complaints).toEqual([])
  })

  it('takes a recording of more than a minute whole', async () => {
    const phrase = await loadMono(clip('lakes'), 22_050)
    const samples = new Float32Array(22_050 * 62)
    for (let at = 0; at < samples.length; at += phrase.length)
      samples.set(phrase.subarray(0, samples.length - at), at)
    const buffer = Buffer.from(encodeWav({ sampleRate: 22_050, channels: [samples] }, { format: 'int16' }))
    await page.setInputFiles('#file', { name: 'long.wav', mimeType: 'audio/wav', buffer })
    await expectText('#duration', /^62\.0$/)
    // All of it is on its way: the slider reaches its end.
    expect(Number(await page.getAttribute('#seek', 'max'))).toBeCloseTo(62, 3)
    await expectText('#position', /^[1-9]\d*\.\d$/)
    expect(await page.locator('#alert').isVisible()).toBe(false)
    expect(complaints).toEqual([])
  })

  it('stops by Escape, pauses and goes on by Space, and plays from where a picture is clicked', async () => {
    await page.click(card(0))
    await expectText('#rtf', /^\d\.\d{3}$/)
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await page.click(card(0))
    await page.keyboard.press('Escape')
    await expectText('#play', /^Play$/)
    await expectText('#position', /^0\.0$/)
    // A stopped take starts where it is clicked into, once it is played.
    await page.locator('#original').click({ position: { x: 180, y: 40 } })
    await expectText('#position', /^[12]\.\d$/)
    const middle = Number(await page.textContent('#position'))
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await page.keyboard.press('Space')
    await expectText('#play', /^Pause$/)
    await page.keyboard.press('Space')
    await expectText('#play', /^Play$/)
    expect(Number(await page.textContent('#position'))).toBeGreaterThanOrEqual(middle)
    await expectText(card(0), /Paused$/)
    // In a field the keys are the field's.
    await page.focus('#seed')
    await page.keyboard.press('Space')
    await expectText('#play', /^Play$/)
    expect(complaints).toEqual([])
  })

  it('stops what plays when its own card is tapped again', async () => {
    await page.click(card(1))
    await expectText(card(1), /Stop$/)
    await page.click(card(1))
    await expectText(card(1), /Play$/)
    await expectText('#play', /^Play$/)
  })

  it('carries clip and voice in its link, and no token', async () => {
    await page.goto(`${site().origin}/?again#clip=kerstin-2&pitch=3&seed=7&token=secret`)
    await expectText('#pitch-value', /^\+3 semitones$/)
    expect(await page.inputValue('#seed')).toBe('7')
    expect(await page.getAttribute(card(3), 'aria-pressed')).toBe('true')
    expect(page.url()).not.toContain('secret')
    await page.click('#play')
    await expectText('#original-note', /Ich verstehe das nicht$/)
    expect(await page.getAttribute('#original-note', 'lang')).toBe('de')
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.click('#share')
    await expectText('#share-note', /^Link copied$/)
    const link = await page.evaluate(() => navigator.clipboard.readText())
    expect(new URL(link).hash).toBe('#clip=kerstin-2&pitch=3&seed=7')
  })

  it('has no fault of accessibility: light, dark on a phone, in forced colours', async () => {
    // As text: the content security policy lets no other script in.
    await page.evaluate(axeSource)
    for (const [colorScheme, forcedColors, width] of [
      ['light', 'none', 1280],
      ['dark', 'none', 390],
      ['dark', 'active', 1280],
    ] as const) {
      await page.emulateMedia({ colorScheme, forcedColors })
      await page.setViewportSize({ width, height: 900 })
      await page.keyboard.press('Escape')
      await page.click(card(3))
      await expectText(card(3), /Stop$/)
      const violations = await page.evaluate(async () => {
        const { axe } = window as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
        }
        return (await axe.run()).violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])
      })
      expect(violations, `${colorScheme}, forced: ${forcedColors}, ${width}`).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    }
  })

  it('says at once, and once, that this page is not let in', async () => {
    let connections = 0
    const refuse = (given: Page) =>
      given.routeWebSocket(/\/v1\/stream$/, (socket) => {
        connections += 1
        void socket.close({ code: 4403, reason: 'origin' })
      })
    const refused = await DemoVisit.begin(browser(), site().origin, refuse, /^Not connected$/)
    await refused.expectText('#alert-text', /--allowed-origins http:\/\/127\.0\.0\.1:\d+\.$/)
    expect(await refused.page.locator('#access').isVisible()).toBe(false)
    expect(connections).toBe(1)
    await refused.end()
  })

  it('plays what was asked for last when clicks come fast, and saves the very samples that came', async () => {
    for (const index of [0, 1, 2, 3]) await page.click(card(index))
    await expectText('#original-note', /Ich verstehe das nicht$/)
    await expectText('#position', /^[12]/)
    await expectText('#duration', /^2\.8$/)
    await expectText('#play', /^Play$/)
    expect(await page.locator('#alert').isVisible()).toBe(false)
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')])
    expect(download.suggestedFilename()).toBe('kerstin-german-ich-verstehe-das-nicht-glowcast.wav')
    const { sampleRate, channels } = decodeWav(await readFile((await download.path())!))
    expect(sampleRate).toBe(22_050)
    const frames = Math.floor((await loadMono(clip('kerstin-2'), 22_050)).length / 256)
    expect(Math.abs(channels[0]!.length - 256 * frames)).toBeLessThanOrEqual(512)
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
    await expectText('#play', /^Pause$/)
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
    await expect.poll(() => litShare('result'), { timeout: 280_000 }).toBeGreaterThan(0.005)
    expect(await page.textContent('#speak')).toBe('Stop speaking')
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
    expect(await page.textContent('#speak')).toBe('Stop speaking')
    await page.click('#speak')
    await expectText('#play', /^Play$/)
    expect(complaints).toEqual([])
  })

  it('says that the server is full, and plays once there is room', async () => {
    const createSocket = ((url, protocols) => new WebSocket(url, protocols)) as CreateSocket
    const other = new GlowcastClient({
      url: `${site().origin.replace('http', 'ws')}/v1/stream`,
      createSocket,
    })
    // On a busy machine the server takes one alone.
    const streams = Array.from({ length: site().glowcast.capacity }, () => other.open({ mel: melConvention }))
    await Promise.all(streams.map(({ opened }) => opened))
    await page.click(card(3))
    await expectText('#alert-text', /^The server is full\. Trying again in \d s\.$/)
    await Promise.all(streams.map((stream) => stream.cancel()))
    other.close()
    // By itself.
    await page.locator('#alert').waitFor({ state: 'hidden' })
    await expectText('#position', /^[1-9]/)
  })
}
