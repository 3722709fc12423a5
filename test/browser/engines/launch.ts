import { describe } from 'vitest'
import { launchChromium } from './chromium.js'
import { type DrivenPage, drivenTab } from './driven-tab.js'
import { launchFirefox } from './firefox.js'
import { type EngineName, engineNames, programOf } from './programs.js'
import type { Engine, EngineOptions } from './types.js'
import { launchWebKit } from './webkit.js'

/** The engine, headless. */
export async function launchEngine(name: EngineName, options: EngineOptions = {}): Promise<Engine> {
  const { autoplay = true, soundDevice = true } = options
  if (name === 'firefox') return launchFirefox({ autoplay, soundDevice })
  if (name === 'webkit') return launchWebKit({ autoplay, soundDevice })
  const browser = await launchChromium(undefined, autoplay)
  return {
    name,
    close: () => browser.close(),
    async open() {
      const context = await browser.newContext()
      return drivenTab(context, (await context.newPage()) as DrivenPage)
    },
  }
}

/** One suite an engine: skipped with a reason where it is not installed, failed where it is required. */
export function describeEngines(title: string, suite: (name: EngineName) => void): void {
  for (const name of engineNames) {
    describe.skipIf(programOf(name) === undefined)(`${title} in ${name}`, () => suite(name))
  }
}
