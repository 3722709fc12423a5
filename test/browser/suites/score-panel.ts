import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { DemoVisit, phone } from './demo-visit.js'
import type { ChromiumPlace } from './place.js'

const clipFile = (name: string) =>
  fileURLToPath(new URL(`../../../web-audio-client/demo/public/clips/${name}.flac`, import.meta.url))

export function testScorePanel({ site, browser }: ChromiumPlace): void {
  let demo: DemoVisit
  let page: Page

  beforeAll(async () => {
    demo = await DemoVisit.begin(browser(), site().origin)
    page = demo.page
  })

  afterAll(() => demo?.end())

  beforeEach(() => demo.renew())

  async function expectResult(decision: RegExp): Promise<void> {
    await demo.expectText('#score-about', /^All \d+\.\d s/)
    await demo.expectText('#score-decision', decision)
  }

  /** What the server says of the clip that is posted to it; asked once. */
  let answered: ReturnType<typeof askByHttp> | undefined
  async function askByHttp() {
    const response = await fetch(`${site().origin}/v1/score`, {
      method: 'POST',
      headers: { 'Content-Type': 'audio/flac' },
      body: await readFile(clipFile('kerstin-2')),
    })
    return (await response.json()) as { pValue: number; bitsPerSample: number; decision: string }
  }
  const askOnce = () => (answered ??= askByHttp())

  /** The browser decodes to floats by a scale of its own, some 3e-5 off: the p-value may move by a few of 100 ranks. */
  async function expectSameP(pValue: number): Promise<void> {
    expect(Math.abs(Number(await page.textContent('#score-p')) - pValue)).toBeLessThan(0.03)
  }

  it('marks the clicks that it put into a clip, on one click, and says reject', async () => {
    await demo.expectText('#score-calibration', /compares with \d+ recordings/)
    await page.click('#score-samples button >> nth=1')
    await expectResult(/^Reject: click/)
    expect(await page.getAttribute('#score-verdict', 'data-decision')).toBe('reject')
    await demo.expectText('#score-p', /^0\.0(10|0\d+)$/)
    const marked = await page.locator('#score-anomalies button').allTextContents()
    const starts = marked.map((words) => Number(/ 0:0(\d\.\d\d) –/.exec(words)?.[1]))
    // In the middle of each third of 3.556 s, to the hundredth that is shown.
    expect(starts).toHaveLength(3)
    for (const [i, seconds] of [0.593, 1.778, 2.963].entries())
      expect(Math.abs(starts[i]! - seconds)).toBeLessThan(0.0101)
    expect(await page.getAttribute('#score-strip', 'aria-label')).toMatch(
      /click at 0:00\.\d\d, click at 0:01/,
    )
    expect(await demo.litShare('score-spectrogram')).toBeGreaterThan(0.1)
    // Clicks are surprising in all bands; what is as expected is nearly as dark as the ground.
    const lit = await demo.litShare('score-map')
    expect(lit).toBeGreaterThan(0.01)
    expect(lit).toBeLessThan(0.9)
    expect(await page.getAttribute('#score-map', 'aria-label')).toMatch(
      /^Surprise by frequency, 3\.\d seconds$/,
    )
    // Nothing sticks out on a phone's screen.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width)
    // What is marked can be heard.
    await demo.expectText('#score-play', /^Play$/)
    await page.click('#score-anomalies button >> nth=2')
    await demo.expectText('#score-position', /^[23]\.\d$/)
    expect(demo.complaints).toEqual([])
  })

  it('says of a file what the server says of it by HTTP, and accepts it', async () => {
    const answer = await askOnce()
    expect(answer.decision).toBe('accept')
    await page.setInputFiles('#score-file', clipFile('kerstin-2'))
    await expectResult(/^Accept/)
    expect(await page.textContent('#score-note')).toBe('kerstin-2.flac')
    await expectSameP(answer.pValue)
    expect(await page.textContent('#score-bits')).toBe(answer.bitsPerSample.toFixed(2))
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#score-download')])
    expect(download.suggestedFilename()).toBe('kerstin-2-flac-score.json')
    const saved = JSON.parse(await readFile((await download.path())!, 'utf8'))
    expect(saved).toMatchObject({
      recording: 'kerstin-2.flac',
      decision: 'accept',
      settings: { falseAlarmRate: 0.01, calibration: { name: 'auto' } },
      frames: { bands: 8 },
    })
    expect(saved.frames.bandSurprise).toHaveLength(8 * saved.frames.surprise.length)
    await demo.expectText('#score-behind', /^\d+\.\d\d$/)
    expect(demo.complaints).toEqual([])
  })

  it('comes to the same when the connection is cut on the way', async () => {
    const answer = await askOnce()
    let cuts = 0
    // The opening's answer has some 500 bytes, the scores of a second some 5,000.
    site().proxy.after(4000, () => {
      cuts += 1
      site().proxy.cut()
    })
    await page.setInputFiles('#score-file', clipFile('kerstin-2'))
    await expectResult(/^Accept/)
    expect(cuts).toBe(1)
    await expectSameP(answer.pValue)
    expect(await page.textContent('#score-bits')).toBe(answer.bitsPerSample.toFixed(2))
    expect(await page.locator('#score-alert').isVisible()).toBe(false)
  })

  it('works from the keyboard, and says so when a file is no audio', async () => {
    await page.focus('#score-clip')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await demo.expectText('#score-note', /^Kathleen, English: Suddenly his fingers closed tightly$/)
    const buffer = Buffer.from('no audio')
    await page.setInputFiles('#score-file', { name: 'x.wav', mimeType: 'audio/wav', buffer })
    await demo.expectText('#score-alert-text', /^This file could not be read as audio/)
  })

  it('scores the microphone while it is open, asks for its sound as it is, and gives it back', async () => {
    await page.evaluate(() => {
      const { mediaDevices } = navigator
      const ask = mediaDevices.getUserMedia.bind(mediaDevices)
      mediaDevices.getUserMedia = async (constraints) => {
        const media = await ask(constraints)
        Object.assign(window, { asked: constraints, track: media.getTracks()[0] })
        return media
      }
    })
    await demo.context.grantPermissions(['microphone'])
    await page.click('#score-microphone')
    await demo.expectText('#score-about', /^Block 1, 0\.0 to 5\.0 s/)
    // Speech, and not the silence and the beeps that a broken way would bring.
    await demo.expectText('#score-bits', /^\d\d?\.\d\d$/)
    expect(await page.getAttribute('#score-microphone', 'aria-pressed')).toBe('true')
    expect(await page.isDisabled('#score-play')).toBe(true)
    expect(await page.evaluate(() => (window as unknown as { asked: unknown }).asked)).toEqual({
      audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    })
    await page.click('#score-microphone')
    await expectResult(/^(Accept|Retry|Reject)/)
    const state = () =>
      page.evaluate(() => (window as unknown as { track: MediaStreamTrack }).track.readyState)
    expect(await state()).toBe('ended')
    expect(await page.textContent('#score-microphone')).toBe('Use the microphone')
    expect(await page.locator('#score-alert').isVisible()).toBe(false)
    expect(demo.complaints).toEqual([])
  })

  it.each([
    ['is denied', 'NotAllowedError', /may not use the microphone/],
    ['is absent', 'NotFoundError', /^No microphone was found\.$/],
    ['is in use', 'NotReadableError', /in use by another program/],
    ['may not be asked for', undefined, /^Only a secure page/],
  ])('says so in one sentence when the microphone %s', async (_, name, message) => {
    await page.evaluate((errorName) => {
      if (errorName === undefined) Object.defineProperty(navigator, 'mediaDevices', { value: undefined })
      else navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', errorName))
    }, name)
    await page.click('#score-microphone')
    await demo.expectText('#score-alert-text', message)
    expect(await page.getAttribute('#score-microphone', 'aria-pressed')).toBe('false')
    expect(await page.locator('#alert').isVisible()).toBe(false)
  })

  it('says so where the server scores nothing', async () => {
    const other = await DemoVisit.begin(browser(), site().origin, (given) =>
      given.routeWebSocket(/\/v1\/stream$/, (socket) => {
        socket.connectToServer().onMessage((message) => {
          const { scoring: _, ...rest } = JSON.parse(`${message}`) as { scoring?: unknown }
          socket.send(JSON.stringify(rest))
        })
      }),
    )
    await other.expectText('#score-calibration', /^This server does not score/)
    expect(await other.page.isDisabled('#score-microphone')).toBe(true)
    expect(await other.page.isDisabled('#score-samples button >> nth=0')).toBe(true)
    expect(other.complaints).toEqual([])
    await other.end()
  })

  it('says at load that sound needs a secure page, and rebuilds, saves and scores without', async () => {
    const insecure = await DemoVisit.begin(browser(), site().origin, (given) =>
      given.addInitScript(() => Object.defineProperty(window, 'isSecureContext', { value: false })),
    )
    await insecure.expectText('#notice-text', /^Sound needs https, or http:\/\/localhost/)
    await insecure.page.click('#clips li:nth-child(4) button')
    await insecure.expectText('#rtf', /^\d\.\d{3}$/)
    expect(await insecure.litShare('result')).toBeGreaterThan(0.1)
    expect(await insecure.page.isEnabled('#download')).toBe(true)
    await insecure.page.setInputFiles('#score-file', clipFile('kerstin-2'))
    await insecure.expectText('#score-about', /^All \d+\.\d s/)
    expect(await insecure.page.locator('#alert').isVisible()).toBe(false)
    await insecure.end()
  })
}
