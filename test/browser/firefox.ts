import puppeteer from 'puppeteer-core'
import type { Engine, EngineOptions } from './engine.js'
import { programOf } from './engines.js'

/** Headless, over WebDriver BiDi. */
export async function launchFirefox({ autoplay, soundDevice }: Required<EngineOptions>): Promise<Engine> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: programOf('firefox')!,
    headless: true,
    // A machine that is busy with other tests is slow to start it.
    timeout: 120_000,
    env: { ...process.env, ALSA_CONFIG_PATH: '/work/lab/client/asound.conf' },
    extraPrefsFirefox: {
      // 0: allowed, 1: blocked until a gesture.
      // On a machine without a sound card no AudioContext of Firefox ever runs.
      'media.cubeb.force_mock_context': soundDevice,
      'media.cubeb.force_null_context': !soundDevice,
      'media.autoplay.default': autoplay ? 0 : 1,
      'media.autoplay.blocking_policy': 0,
      'media.autoplay.block-webaudio': !autoplay,
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
    },
  })
  return {
    name: 'firefox',
    close: () => browser.close(),
    async open() {
      const context = await browser.createBrowserContext()
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(`${error}`))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      return {
        goto: async (url) => void (await page.goto(url)),
        evaluate: (run, argument) => page.evaluate(run as never, argument as never) as never,
        click: (selector) => page.click(selector),
        press: (key) => page.keyboard.press(key as never),
        complaints: async () => complaints,
        close: () => context.close(),
      }
    },
  }
}
