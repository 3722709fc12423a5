import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { DemoVisit, phone } from './demo-visit.js'
import type { ChromiumPlace } from './place.js'

export function testTextBox({ site, browser }: ChromiumPlace): void {
  let visit: DemoVisit
  let page: Page

  beforeAll(async () => {
    visit = await DemoVisit.begin(browser(), site().origin)
    page = visit.page
  })
  afterAll(() => visit?.end())
  beforeEach(async () => {
    await visit.renew()
    await page.waitForSelector('#text:not([hidden])')
  })

  it('says a text with the voice that was chosen', async () => {
    expect(await page.locator('#text-voice option').allTextContents()).toEqual(['anna', 'bert'])
    await page.fill('#text-input', 'Some words to say')
    await page.selectOption('#text-voice', 'bert')
    const [request] = await Promise.all([page.waitForRequest('**/v1/audio/speech'), page.click('#text-say')])
    expect(request.postDataJSON()).toEqual({
      input: 'Some words to say',
      voice: 'bert',
      response_format: 'pcm',
    })
    await visit.expectText('#text-note', /^Speaking$/)
    await visit.expectText('#text-note', /^$/)
    expect(await page.isDisabled('#text-stop')).toBe(true)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width)
    expect(visit.complaints).toEqual([])
  })

  it('stops on a click', async () => {
    await page.fill('#text-input', 'word '.repeat(800))
    await page.click('#text-say')
    await visit.expectText('#text-note', /^Speaking$/)
    await page.click('#text-stop')
    await visit.expectText('#text-note', /^$/)
    expect(await page.isDisabled('#text-stop')).toBe(true)
    expect(visit.complaints).toEqual([])
  })

  it('tells what cannot be said', async () => {
    await page.fill('#text-input', '😀')
    await page.click('#text-say')
    await visit.expectText('#text-note', /^input: got nothing that can be said, expected words$/)
  })
}
