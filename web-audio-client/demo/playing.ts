import { setText } from './page.js'

/** Whether something of ours is heard: what was played last, until its end, or until someone else plays. */
export class Playing {
  isOn = false
  private turn: Promise<void> | undefined

  constructor(
    private readonly button: HTMLButtonElement,
    private readonly onChange: () => void,
  ) {}

  async follow(playing: Promise<void>): Promise<void> {
    this.turn = playing
    this.set(true)
    await playing
    if (this.turn === playing) this.set(false)
  }

  private set(isOn: boolean): void {
    this.isOn = isOn
    setText(this.button, isOn ? 'Stop' : 'Play')
    this.onChange()
  }
}
