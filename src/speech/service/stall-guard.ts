import { failed } from './failed.js'

/** A signal that is aborted when nothing has come for too long, or another one is. */
export class StallGuard {
  readonly signal: AbortSignal
  private readonly stalled = new AbortController()
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly ms: number,
    signal?: AbortSignal,
  ) {
    this.signal = signal === undefined ? this.stalled.signal : AbortSignal.any([signal, this.stalled.signal])
    this.waits()
  }

  /** Something has come, or is waited for from now on. */
  waits(): void {
    clearTimeout(this.timer)
    const late = () => this.stalled.abort(failed(`nothing for ${this.ms / 1000} s`))
    this.timer = setTimeout(late, this.ms)
  }

  /** Nothing is waited for: whoever takes the parts is busy. */
  rests(): void {
    clearTimeout(this.timer)
  }
}
