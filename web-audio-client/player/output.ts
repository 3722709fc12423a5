/** Where the sound of a context goes. */
export type OutputState =
  | 'running'
  /** It was asked to run, and will in a moment. */
  | 'starting'
  /** The browser waits for a gesture of the visitor. */
  | 'suspended'
  /** The system has taken the sound: a call, another application. */
  | 'interrupted'
  /** A gesture was given, and nothing runs: there is no device for sound, or it is gone. */
  | 'no-output'
  | 'closed'

/** A context that may run does so within this time; Firefox takes longest. */
const startMs = 300
/** One that was given a gesture and does not run by then has nothing to run on. */
const noOutputMs = 2000
/** A clock that stands for so long has no device behind it. */
const stoppedMs = 1000
/** What browsers take for a gesture. */
const gestures = ['pointerup', 'touchend', 'keydown', 'click'] as const

/** Watches a context, and gets it to run: at once where it may, else with the visitor's next gesture. */
export class Output {
  private askedAtMs: number | undefined
  private hasGesture = false
  private hasFailed = false
  /** Between `resume` and `stop`. */
  private isWanted = false
  private listening: AbortController | undefined
  private readonly closing = new AbortController()
  private clock = { seconds: -1, movedAtMs: 0 }

  constructor(
    private readonly context: BaseAudioContext,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    const { signal } = this.closing
    // Chromium tells by an event when a device goes.
    context.addEventListener(
      'error',
      () => {
        this.hasFailed = true
      },
      { signal },
    )
    context.addEventListener(
      'statechange',
      () => {
        // The system may give the sound back only when it is asked. A page that suspends its context is let be.
        if (this.isWanted && `${context.state}` === 'interrupted') this.awaitGesture()
      },
      { signal },
    )
  }

  /** Watches no more. */
  close(): void {
    this.stop()
    this.closing.abort()
  }

  get state(): OutputState {
    const { context } = this
    const state: string = context.state
    if (state === 'closed' || state === 'interrupted') return state
    if (state === 'running') return this.isMoving() ? 'running' : 'no-output'
    this.clock = { seconds: -1, movedAtMs: 0 }
    if (this.askedAtMs === undefined) return 'suspended'
    const waitedMs = this.nowMs() - this.askedAtMs
    if (!this.mayRun) return waitedMs < startMs ? 'starting' : 'suspended'
    return waitedMs < noOutputMs ? 'starting' : 'no-output'
  }

  /** Asks the context to run. Within a gesture it always may. */
  resume(): void {
    const { context } = this
    this.isWanted = true
    if (context.state === 'running' || context.state === 'closed' || !('resume' in context)) return
    this.askedAtMs ??= this.nowMs()
    // It settles when it runs; some engines reject without a gesture. `state` tells either.
    void (context as AudioContext).resume().catch(() => undefined)
    this.awaitGesture()
  }

  /** Forgets what was asked. */
  stop(): void {
    this.isWanted = false
    this.listening?.abort()
    this.listening = undefined
    this.askedAtMs = undefined
    this.clock = { seconds: -1, movedAtMs: 0 }
  }

  private get mayRun(): boolean {
    return this.hasGesture || globalThis.navigator?.userActivation?.hasBeenActive === true
  }

  private isMoving(): boolean {
    const { currentTime } = this.context
    const now = this.nowMs()
    if (currentTime !== this.clock.seconds) {
      this.clock = { seconds: currentTime, movedAtMs: now }
      this.hasFailed = false
    }
    return !this.hasFailed && now - this.clock.movedAtMs < stoppedMs
  }

  /** Until the context runs: each gesture, and each return to the page, is a chance. */
  private awaitGesture(): void {
    const page: Document | undefined = globalThis.document
    if (page === undefined || this.listening !== undefined) return
    this.listening = new AbortController()
    const options = { capture: true, signal: this.listening.signal }
    const retry = () => {
      if (this.context.state === 'running' || this.context.state === 'closed') {
        this.listening?.abort()
        this.listening = undefined
      } else this.resume()
    }
    for (const gesture of gestures) {
      page.addEventListener(
        gesture,
        ({ isTrusted }) => {
          if (isTrusted && !this.hasGesture) {
            this.hasGesture = true
            this.askedAtMs = this.nowMs()
          }
          retry()
        },
        options,
      )
    }
    page.addEventListener('visibilitychange', retry, options)
  }
}
