import { GlowcastClientError } from '../../index.js'
import { failureText } from './failure-text.js'

/** One place for errors: a sentence, with a way to try again where there is one. */
export class AlertBox {
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly box: HTMLElement,
    private readonly text: HTMLElement,
    private readonly retry: HTMLButtonElement,
  ) {}

  show(text: string, retry?: () => void): void {
    clearTimeout(this.timer)
    this.box.hidden = false
    this.text.textContent = text
    this.retry.hidden = retry === undefined
    this.retry.onclick = retry ?? null
  }

  /**
   * Says what went wrong. What the server says will pass is tried again when it says, unless something else is asked for.
   *
   * @param retry absent: only the visitor can begin again, as with a microphone
   */
  showFailure(error: unknown, retry?: () => void): void {
    const afterMs = error instanceof GlowcastClientError ? error.retryAfterMs : undefined
    this.show(failureText(error, retry !== undefined), retry)
    if (retry !== undefined && afterMs !== undefined) this.timer = setTimeout(retry, afterMs)
  }

  hide(): void {
    clearTimeout(this.timer)
    this.box.hidden = true
    this.text.textContent = ''
  }
}
