import { type Browser, chromium } from 'playwright-core'
import { programOf } from './programs.js'

export const chromiumPath = programOf('chromium')

/**
 * Headless, with sound that goes nowhere and a microphone that beeps.
 *
 * @param heard a WAV file that the microphone hears instead, again and again
 */
export function launchChromium(heard?: string, autoplay = true): Promise<Browser> {
  const isRoot = process.getuid?.() === 0
  return chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: [
      ...(autoplay ? ['--autoplay-policy=no-user-gesture-required'] : []),
      '--use-fake-device-for-media-stream',
      ...(heard === undefined ? [] : [`--use-file-for-fake-audio-capture=${heard}`]),
      // Chromium refuses its sandbox to root, as which containers run.
      ...(isRoot ? ['--no-sandbox'] : []),
    ],
  })
}
