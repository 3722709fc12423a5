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

  /** Shows what passes by itself, and tries again after a while unless something else is asked for. */
  retryIn(ms: number, text: string, retry: () => void): void {
    this.show(text, retry)
    this.timer = setTimeout(retry, ms)
  }

  hide(): void {
    clearTimeout(this.timer)
    this.box.hidden = true
    this.text.textContent = ''
  }
}
