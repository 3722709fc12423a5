import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'

export const phone = { width: 390, height: 844 }

/** The demo page in a browser of its own, connected. */
export class DemoVisit {
  /** What the page complained of: scripts that failed, and what the content security policy forbade. */
  readonly complaints: string[] = []

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('pageerror', (error) => this.complaints.push(`${error}`))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
  }

  /** @param prepare called before the page loads */
  static async begin(
    browser: Browser,
    origin: string,
    options: BrowserContextOptions = {},
    prepare: (page: Page) => Promise<unknown> = async () => undefined,
  ): Promise<DemoVisit> {
    const context = await browser.newContext({ viewport: phone, colorScheme: 'dark', ...options })
    // The machine may be busy with other tests.
    context.setDefaultTimeout(300_000)
    try {
      const visit = new DemoVisit(context, await context.newPage())
      await prepare(visit.page)
      await open(visit.page, origin)
      await visit.expectText('#status', /^Connected$/)
      return visit
    } catch (error) {
      await context.close()
      throw error
    }
  }

  async expectText(selector: string, pattern: RegExp, timeout = 300_000): Promise<void> {
    await expect
      .poll(() => this.page.locator(selector).textContent(), { timeout, interval: 20 })
      .toMatch(pattern)
  }

  /** Share of a canvas whose pixels are bright: a spectrogram of speech is neither dark nor full. */
  litShare(id: string): Promise<number> {
    return this.page.evaluate((name) => {
      const canvas = document.getElementById(name) as HTMLCanvasElement
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      let lit = 0
      for (let i = 0; i < data.length; i += 4) if (data[i]! + data[i + 1]! + data[i + 2]! > 160) lit += 1
      return lit / (data.length / 4)
    }, id)
  }

  end(): Promise<void> {
    return this.context.close()
  }
}

/** On a busy machine Chromium has aborted the first navigation of a new page: it is tried once more. */
async function open(page: Page, url: string): Promise<void> {
  try {
    await page.goto(url)
  } catch (error) {
    if (!`${error}`.includes('net::ERR_ABORTED')) throw error
    await page.goto(url)
  }
}
