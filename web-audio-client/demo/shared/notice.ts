import { type PlayerState, soundProblem } from '../../index.js'

/** States in which nothing is heard though something should be. */
const stateTexts: Partial<Record<PlayerState, string>> = {
  suspended: 'The browser holds the sound back.',
  interrupted: 'Another application has taken the sound.',
  'no-output': 'No sound output: check that a loudspeaker or headphones are connected.',
}

/** Where sound cannot be played at all, and what to do; undefined where it can. */
function soundObstacle(): string | undefined {
  const problem = soundProblem()
  if (problem === undefined) return undefined
  const rest = 'You can still rebuild and save recordings, and score files.'
  return problem.code === 'insecure_context'
    ? `Sound needs https, or http://localhost on the server’s own machine. ${rest}`
    : `${problem.message}. ${rest}`
}

/** One line about the sound itself, with a way on where there is one. */
export class Notice {
  private readonly obstacle = soundObstacle()
  private shown: string | undefined

  constructor(
    private readonly box: HTMLElement,
    private readonly text: HTMLElement,
    private readonly button: HTMLButtonElement,
    onContinue: () => void,
  ) {
    button.addEventListener('click', onContinue)
    button.hidden = true
    this.put(this.obstacle)
  }

  /** Whether this page may play at all. */
  get canPlay(): boolean {
    return this.obstacle === undefined
  }

  /** Brings into sight why this page cannot play. */
  insist(): void {
    this.box.scrollIntoView({ block: 'nearest' })
  }

  /** Says why nothing is heard, or that all is well. */
  show(state: PlayerState | undefined): void {
    const text = state === undefined ? undefined : stateTexts[state]
    if (text === this.shown || !this.canPlay) return
    this.put(text)
    this.button.hidden = state !== 'suspended' && state !== 'interrupted'
  }

  private put(text: string | undefined): void {
    this.shown = text
    this.box.hidden = text === undefined
    this.text.textContent = text ?? ''
  }
}
