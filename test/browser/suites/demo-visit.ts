import type { Browser, BrowserContext, Page } from 'playwright-core'
import { litShareOf, textWait, untilText } from './in-page.js'

export const phone = { width: 390, height: 844 }

// With less motion the pictures are drawn four times a second: without a graphics card each costs dear.
const look = { colorScheme: 'dark', forcedColors: 'none', reducedMotion: 'reduce' } as const

/** The demo page in a tab of its own, connected. */
export class DemoVisit {
  /** What the page complained of: scripts that failed, and what the content security policy forbade. */
  readonly complaints: string[] = []

  private visits = 0

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly origin: string,
  ) {
    page.on('pageerror', (error) => this.complaints.push(`${error}`))
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
  }

  /**
   * @param prepare called before the page loads
   * @param status of the connection that is waited for
   */
  static async begin(
    browser: Browser,
    origin: string,
    prepare: (page: Page) => Promise<unknown> = async () => undefined,
    status = /^Connected$/,
  ): Promise<DemoVisit> {
    const context = await browser.newContext({ viewport: phone, ...look })
    // The machine may be busy with other tests.
    context.setDefaultTimeout(300_000)
    try {
      const visit = new DemoVisit(context, await context.newPage(), origin)
      await prepare(visit.page)
      await open(visit.page, origin)
      await visit.expectText('#status', status)
      return visit
    } catch (error) {
      await context.close()
      throw error
    }
  }

  /** Loads the page anew, as a visitor who allowed nothing yet: a quarter of the work of another tab. */
  async renew(): Promise<void> {
    await this.context.clearPermissions()
    await this.page.emulateMedia(look)
    await this.page.setViewportSize(phone)
    this.visits += 1
    this.complaints.length = 0
    await this.page.goto(`${this.origin}/?visit=${this.visits}`)
    await this.expectText('#status', /^Connected$/)
  }

  async expectText(selector: string, pattern: RegExp, timeoutMs?: number): Promise<void> {
    await this.page.evaluate(untilText, textWait(selector, pattern, timeoutMs))
  }

  litShare(id: string): Promise<number> {
    return this.page.evaluate(litShareOf, id)
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
