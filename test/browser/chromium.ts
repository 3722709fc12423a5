import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const usualNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** A browser that is installed: CHROMIUM_PATH, or one of the usual names. */
function findChromium(): string | undefined {
  const { CHROMIUM_PATH, PATH = '' } = process.env
  if (CHROMIUM_PATH !== undefined) return CHROMIUM_PATH
  const places = PATH.split(delimiter).flatMap((folder) => usualNames.map((name) => join(folder, name)))
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export const chromiumPath = findChromium()

if (chromiumPath === undefined) {
  console.warn(
    'Browser tests are skipped: no Chromium was found. Install one ("apt-get install chromium" on Debian), ' +
      'or set CHROMIUM_PATH to its program.',
  )
}

/**
 * Headless, with sound that goes nowhere and a microphone that beeps.
 *
 * @param heard a WAV file that the microphone hears instead, again and again
 */
export function launchChromium(heard?: string): Promise<Browser> {
  const isRoot = process.getuid?.() === 0
  return chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: [
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-device-for-media-stream',
      ...(heard === undefined ? [] : [`--use-file-for-fake-audio-capture=${heard}`]),
      // Chromium refuses its sandbox to root, as which containers run.
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
  })
}
