import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadMono } from '../../src/audio/files/audio-file.js'
import { encodeWav } from '../../src/audio/wav/wav.js'
import { chromiumPath, launchChromium } from './chromium.js'
import { DemoVisit, phone } from './demo-visit.js'
import { type Site, startSite } from './site.js'

const clipFile = (name: string) =>
  fileURLToPath(new URL(`../../web-audio-client/demo/public/clips/${name}.flac`, import.meta.url))
/** Beside other tests on a busy machine scoring is far slower than speech. */
const patience = 300_000

describe.skipIf(chromiumPath === undefined)('The scoring panel in Chromium, from the real server', () => {
  let site: Site
  let browser: Browser
  let folder: string
  let visit: DemoVisit | undefined

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glowcast-'))
    site = await startSite()
    const heard = join(folder, 'heard.wav')
    const sampleRate = 22_050
    const samples = await loadMono(clipFile('kerstin-1'), sampleRate)
    await writeFile(heard, encodeWav({ sampleRate, channels: [samples] }, { format: 'int16' }))
    browser = await launchChromium(heard)
  })

  afterAll(async () => {
    await browser?.close()
    await site?.stop()
    await rm(folder, { recursive: true })
  })

  afterEach(async () => {
    await visit?.end()
    visit = undefined
  })

  async function open(prepare?: (page: Page) => Promise<unknown>): Promise<DemoVisit> {
    visit = await DemoVisit.begin(browser, site.origin, {}, prepare)
    return visit
  }

  async function expectResult({ expectText }: DemoVisit, decision: RegExp): Promise<void> {
    await expectText.call(visit, '#score-about', /^All \d+\.\d s/, patience)
    await expectText.call(visit, '#score-decision', decision)
  }

  /** What the server says of a clip that is posted to it. */
  async function askByHttp(name: string) {
    const response = await fetch(`${site.origin}/v1/score`, {
      method: 'POST',
      headers: { 'Content-Type': 'audio/flac' },
      body: await readFile(clipFile(name)),
    })
    return (await response.json()) as { pValue: number; bitsPerSample: number; decision: string }
  }

  /** The browser decodes to floats by a scale of its own, some 3e-5 off: the p-value may move by a few of 245 ranks. */
  async function expectSameP({ page }: Awaited<ReturnType<typeof open>>, pValue: number): Promise<void> {
    expect(Math.abs(Number(await page.textContent('#score-p')) - pValue)).toBeLessThan(0.03)
  }

  it('marks the clicks that it put into a clip, on one click, and says reject', async () => {
    const demo = await open()
    const { page } = demo
    await demo.expectText('#score-calibration', /compares with \d+ recordings/)
    await page.click('#score-samples button >> nth=1')
    await expectResult(demo, /^Reject: click/)
    expect(await page.getAttribute('#score-verdict', 'data-decision')).toBe('reject')
    await demo.expectText('#score-p', /^0\.00\d+$/)
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
    const demo = await open()
    const answer = await askByHttp('kerstin-2')
    expect(answer.decision).toBe('accept')
    await demo.page.setInputFiles('#score-file', clipFile('kerstin-2'))
    await expectResult(demo, /^Accept/)
    expect(await demo.page.textContent('#score-note')).toBe('kerstin-2.flac')
    await expectSameP(demo, answer.pValue)
    expect(await demo.page.textContent('#score-bits')).toBe(answer.bitsPerSample.toFixed(2))
    const [download] = await Promise.all([
      demo.page.waitForEvent('download'),
      demo.page.click('#score-download'),
    ])
    expect(download.suggestedFilename()).toBe('kerstin-2-flac-score.json')
    const saved = JSON.parse(await readFile((await download.path())!, 'utf8'))
    expect(saved).toMatchObject({
      recording: 'kerstin-2.flac',
      decision: 'accept',
      settings: { falseAlarmRate: 0.01, calibration: { name: 'blocks' } },
      frames: { bands: 8 },
    })
    expect(saved.frames.bandSurprise).toHaveLength(8 * saved.frames.surprise.length)
    await demo.expectText('#score-behind', /^\d+\.\d\d$/)
    expect(demo.complaints).toEqual([])
  })

  it('comes to the same when the connection is cut on the way', async () => {
    const demo = await open()
    const answer = await askByHttp('kerstin-2')
    let cuts = 0
    // The opening's answer has some 500 bytes, the scores of a second some 5,000.
    site.proxy.after(4000, () => {
      cuts += 1
      site.proxy.cut()
    })
    await demo.page.setInputFiles('#score-file', clipFile('kerstin-2'))
    await expectResult(demo, /^Accept/)
    expect(cuts).toBe(1)
    await expectSameP(demo, answer.pValue)
    expect(await demo.page.textContent('#score-bits')).toBe(answer.bitsPerSample.toFixed(2))
    expect(await demo.page.locator('#score-alert').isVisible()).toBe(false)
  })

  it('takes a file that is dropped on its half of the page', async () => {
    const demo = await open()
    const base64 = (await readFile(clipFile('kerstin-2'))).toString('base64')
    const dataTransfer = await demo.page.evaluateHandle((text) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
      const transfer = new DataTransfer()
      transfer.items.add(new File([bytes], 'dropped.flac'))
      return transfer
    }, base64)
    await demo.page.dispatchEvent('main', 'dragover', { dataTransfer })
    expect(await demo.page.locator('[data-drop=score]').isVisible()).toBe(true)
    await demo.page.dispatchEvent('[data-drop=score]', 'drop', { dataTransfer })
    expect(await demo.page.locator('#drop').isVisible()).toBe(false)
    await demo.expectText('#score-note', /^dropped\.flac$/, patience)
    await demo.expectText('#score-p', /^\d\.\d+$/, patience)
    expect(await demo.page.textContent('#original-note')).toBe('')
    expect(demo.complaints).toEqual([])
  })

  it('works from the keyboard, and says so when a file is no audio', async () => {
    const demo = await open()
    await demo.page.focus('#score-clip')
    await demo.page.keyboard.press('ArrowDown')
    await demo.page.keyboard.press('Tab')
    await demo.page.keyboard.press('Enter')
    await demo.expectText('#score-note', /^Kathleen, English: Suddenly his fingers closed tightly$/)
    const buffer = Buffer.from('no audio')
    await demo.page.setInputFiles('#score-file', { name: 'x.wav', mimeType: 'audio/wav', buffer })
    await demo.expectText('#score-alert-text', /^This file could not be read as audio/)
  })

  it('scores the microphone while it is open, asks for its sound as it is, and gives it back', async () => {
    const demo = await open(async (page) => {
      await page.addInitScript(() => {
        const { mediaDevices } = navigator
        const ask = mediaDevices.getUserMedia.bind(mediaDevices)
        mediaDevices.getUserMedia = async (constraints) => {
          const media = await ask(constraints)
          Object.assign(window, { asked: constraints, track: media.getTracks()[0] })
          return media
        }
      })
    })
    const { page } = demo
    await demo.context.grantPermissions(['microphone'])
    await page.click('#score-microphone')
    await demo.expectText('#score-about', /^Block 1, 0\.0 to 5\.0 s/, patience)
    // Speech, and not the silence and the beeps that a broken way would bring.
    await demo.expectText('#score-bits', /^\d\d?\.\d\d$/)
    expect(await page.getAttribute('#score-microphone', 'aria-pressed')).toBe('true')
    expect(await page.isDisabled('#score-play')).toBe(true)
    expect(await page.evaluate(() => (window as unknown as { asked: unknown }).asked)).toEqual({
      audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    })
    await page.click('#score-microphone')
    await expectResult(demo, /^(Accept|Retry|Reject)/)
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
    const demo = await open((page) =>
      page.addInitScript((errorName) => {
        if (errorName === undefined) Object.defineProperty(navigator, 'mediaDevices', { value: undefined })
        else navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', errorName))
      }, name),
    )
    await demo.page.click('#score-microphone')
    await demo.expectText('#score-alert-text', message)
    expect(await demo.page.getAttribute('#score-microphone', 'aria-pressed')).toBe('false')
    expect(await demo.page.locator('#alert').isVisible()).toBe(false)
  })

  it('says so where the server scores nothing', async () => {
    const demo = await open((page) =>
      page.routeWebSocket(/\/v1\/stream$/, (socket) => {
        socket.connectToServer().onMessage((message) => {
          const { scoring: _, ...rest } = JSON.parse(`${message}`) as { scoring?: unknown }
          socket.send(JSON.stringify(rest))
        })
      }),
    )
    await demo.expectText('#score-calibration', /^This server does not score/)
    expect(await demo.page.isDisabled('#score-microphone')).toBe(true)
    expect(await demo.page.isDisabled('#score-samples button >> nth=0')).toBe(true)
    expect(demo.complaints).toEqual([])
  })
})
