import puppeteer from 'puppeteer-core'
import { type DrivenPage, drivenTab } from './driven-tab.js'
import { programOf } from './programs.js'
import type { Engine, EngineOptions } from './types.js'

/** Headless, over WebDriver BiDi. */
export async function launchFirefox({ autoplay, soundDevice }: Required<EngineOptions>): Promise<Engine> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: programOf('firefox')!,
    headless: true,
    // A machine that is busy with other tests is slow to start it.
    timeout: 120_000,
    protocolTimeout: 300_000,
    extraPrefsFirefox: {
      // Pictures a second: without a graphics card each costs dear.
      'layout.frame_rate': 10,
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
      return drivenTab(context, (await context.newPage()) as unknown as DrivenPage)
    },
  }
}
