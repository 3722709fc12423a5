import type { SoundTrouble } from './sound.js'

const troubleTexts: Readonly<Record<SoundTrouble, string>> = {
  blocked: 'The browser holds the sound back.',
  'no output': 'No sound output: check that a loudspeaker or headphones are connected.',
}

/** Where sound cannot be played at all, and why; undefined where it can. */
export function soundObstacle(): string | undefined {
  if (!isSecureContext) {
    return 'Sound needs a secure page: open it by https, or as http://localhost on the server’s machine. You can still rebuild and save recordings, and score files.'
  }
  if (typeof AudioWorkletNode === 'undefined') {
    return 'This browser cannot play streamed sound (it has no AudioWorklet). You can still rebuild and save recordings, and score files.'
  }
  return undefined
}

/** One line about the sound itself, with a way on where there is one. */
export class Notice {
  private shown: SoundTrouble | undefined

  constructor(
    private readonly box: HTMLElement,
    private readonly text: HTMLElement,
    private readonly button: HTMLButtonElement,
    onContinue: () => void,
  ) {
    button.addEventListener('click', onContinue)
    const obstacle = soundObstacle()
    button.hidden = true
    box.hidden = obstacle === undefined
    text.textContent = obstacle ?? ''
  }

  /** Brings into sight why this page cannot play. */
  insist(): void {
    this.box.scrollIntoView({ block: 'nearest' })
  }

  /** Says why nothing is heard, or that all is well. */
  show(trouble: SoundTrouble | undefined): void {
    if (trouble === this.shown || soundObstacle() !== undefined) return
    this.shown = trouble
    this.box.hidden = trouble === undefined
    this.text.textContent = trouble === undefined ? '' : troubleTexts[trouble]
    this.button.hidden = trouble !== 'blocked'
  }
}
