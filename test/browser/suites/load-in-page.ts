import type { LoadProgress, Vocoder } from '../../../src/web/index.js'
import type * as Mels from '../../../src/web/mel.js'

declare global {
  interface Window {
    Vocoder: typeof Vocoder
    vocoder: Vocoder
    /** `glowcast/web/mel`. */
    mels: typeof Mels
    progress: LoadProgress[]
  }
}

/** Called in the page. @returns what the load was refused with */
export async function loadInPage(model: string): Promise<string | null> {
  window.progress = []
  try {
    window.vocoder = await window.Vocoder.load(model, { progress: (told) => window.progress.push(told) })
    return null
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return `${code} ${message}`
  }
}
