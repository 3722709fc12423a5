/** One place for errors: a sentence, with a way to try again where there is one. */
export class AlertBox {
  constructor(
    private readonly box: HTMLElement,
    private readonly text: HTMLElement,
    private readonly retry: HTMLButtonElement,
  ) {}

  show(text: string, retry?: () => void): void {
    this.box.hidden = false
    this.text.textContent = text
    this.retry.hidden = retry === undefined
    this.retry.onclick = retry ?? null
  }

  hide(): void {
    this.box.hidden = true
    this.text.textContent = ''
  }
}
