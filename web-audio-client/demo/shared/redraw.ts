/** With less motion asked for, pictures step this often. */
const calmMs = 250

/** Draws when it is woken, and on from there for as long as something changes. */
export class Redraw {
  private readonly calm = matchMedia('(prefers-reduced-motion: reduce)')
  private frame = 0
  private timer = 0

  /** @param draw returns whether it has to be called again */
  constructor(private readonly draw: () => boolean) {}

  /** Something changed, or will. */
  wake(): void {
    cancelAnimationFrame(this.frame)
    clearTimeout(this.timer)
    this.frame = requestAnimationFrame(() => {
      if (!this.draw()) return
      if (this.calm.matches) this.wakeLater()
      else this.wake()
    })
  }

  /** One timer at a time: each that were left, as when drawing wakes, would begin a chain of its own that never ends. */
  private wakeLater(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.wake(), calmMs)
  }
}
