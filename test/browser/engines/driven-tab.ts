import type { Tab } from './types.js'

/** What the pages of Playwright and of Puppeteer have in common. */
export interface DrivenPage {
  goto(url: string): Promise<unknown>
  setDefaultTimeout(ms: number): void
  evaluate(run: unknown, argument: unknown): Promise<unknown>
  click(selector: string): Promise<void>
  readonly keyboard: { press(key: string): Promise<void> }
  on(event: 'pageerror', listener: (error: unknown) => void): void
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void
}

export function drivenTab(context: { close(): Promise<void> }, page: DrivenPage): Tab {
  // The machine may be busy with other tests.
  page.setDefaultTimeout(120_000)
  let complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`${error}`))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return {
    goto: async (url) => {
      complaints = []
      await page.goto(url)
    },
    evaluate: (run, argument) => page.evaluate(run, argument) as never,
    click: (selector) => page.click(selector),
    press: (key) => page.keyboard.press(key),
    complaints: async () => complaints,
    close: () => context.close(),
  }
}
