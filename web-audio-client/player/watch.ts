import type { Output } from './output.js'
import { type PlayerState, playerState } from './state.js'
import type { Transport } from './transport.js'
import { playbackState, word } from './worklet/control-block.js'

/** Events of the player and their details. */
export interface PlayerEvents {
  /** The first sample of a source leaves for the loudspeaker. */
  start: PlayStart
  /** Samples ran out within an utterance; the count is of this source. */
  underrun: { readonly underruns: number }
  /** More samples have been awaited for half a second. */
  stall: { readonly stalledMs: number }
  /** The source was played to its last sample. */
  ended: { readonly underruns: number }
  /** The browser lets no sound out before a gesture of the visitor. */
  blocked: { readonly state: PlayerState }
  statechange: { readonly state: PlayerState; readonly previous: PlayerState }
  volumechange: { readonly volume: number; readonly muted: boolean }
}

export interface PlayStart {
  /** The context's time of the first sample, in seconds. */
  readonly startedAtSeconds: number
  /** When it leaves for the loudspeaker, ms of `performance.now()`. */
  readonly startedAtMs: number
}

/** How often the player looks at itself while something plays, in ms. */
const lookMs = 50
/** Wait for samples that is told of. */
const stallMs = 500

/** Looks at the audio thread's words while a source plays, and tells what changes. Page thread. */
export class Watch {
  state: PlayerState = 'idle'
  start: PlayStart | undefined
  /** Samples of the source that were played, at the context's rate. */
  played = 0
  private begunMs = 0
  private consumed = 0
  private underrunsBefore = 0
  private startsBefore = 0
  private toldUnderruns = 0
  private starvedSinceMs: number | undefined
  private hasToldStall = false
  private hasToldBlocked = false
  private hasSource = false
  private isHeld = false
  private readonly closing = new AbortController()
  private timer: ReturnType<typeof setInterval> | undefined

  constructor(
    private readonly context: BaseAudioContext,
    private readonly transport: Transport,
    private readonly output: Output,
    private readonly emit: <Type extends keyof PlayerEvents>(type: Type, detail: PlayerEvents[Type]) => void,
  ) {
    context.addEventListener('statechange', () => this.look(), { signal: this.closing.signal })
  }

  /** Looks no more. */
  close(): void {
    clearInterval(this.timer)
    this.closing.abort()
  }

  get underruns(): number {
    return (this.transport.get(word.underruns) - this.underrunsBefore) | 0
  }

  /** A source begins, at the position that is written next. */
  begin(): void {
    const { transport } = this
    this.start = undefined
    this.begunMs = performance.now()
    this.played = 0
    this.consumed = transport.written
    this.underrunsBefore = transport.get(word.underruns)
    this.startsBefore = transport.get(word.starts)
    this.toldUnderruns = 0
    this.starvedSinceMs = undefined
    this.hasToldBlocked = false
    this.hasSource = true
    this.isHeld = false
    clearInterval(this.timer)
    this.timer = setInterval(() => this.look(), lookMs)
    this.look()
  }

  /** What is not played from now on is dropped: the position stays where it is. */
  hold(): void {
    this.transport.refresh()
    this.countPlayed()
    this.isHeld = true
  }

  end(): void {
    this.look()
    this.hasSource = false
    clearInterval(this.timer)
    this.look()
  }

  look(): void {
    this.transport.refresh()
    if (!this.isHeld) this.countPlayed()
    if (this.hasSource) this.lookAtSource()
    const { transport, output } = this
    this.become(
      playerState({
        output: output.state,
        hasSource: this.hasSource,
        isHeld: transport.get(word.hold) !== 0,
        isSounding: transport.get(word.state) !== playbackState.waiting,
        isStarved: this.starvedSinceMs !== undefined,
      }),
    )
  }

  private lookAtSource(): void {
    const { transport } = this
    const starts = transport.get(word.starts)
    if (this.start === undefined && starts !== this.startsBefore) {
      this.start = this.timesOfStart()
      this.emit('start', this.start)
    }
    if (this.underruns > this.toldUnderruns) {
      this.toldUnderruns = this.underruns
      this.starvedSinceMs ??= performance.now()
      this.hasToldStall = false
      this.emit('underrun', { underruns: this.underruns })
    }
    // It may have gone on within the same look.
    if (transport.get(word.state) === playbackState.playing) this.starvedSinceMs = undefined
    if (this.starvedSinceMs === undefined || this.hasToldStall) return
    const stalledMs = performance.now() - this.starvedSinceMs
    if (stalledMs < stallMs) return
    this.hasToldStall = true
    this.emit('stall', { stalledMs })
  }

  /** The words have 32 bits: frames and samples are counted by what they moved. */
  private countPlayed(): void {
    const { consumed } = this.transport
    const moved = (consumed - this.consumed) | 0
    // What lies before the source's first sample may still be played, or skipped.
    if (moved > 0) {
      this.played += moved
      this.consumed = consumed
    }
  }

  private timesOfStart(): PlayStart {
    const { context, transport } = this
    const { currentTime, sampleRate } = context
    const ago = ((Math.round(currentTime * sampleRate) - transport.get(word.startFrame)) | 0) / sampleRate
    const startedAtSeconds = currentTime - ago
    const { baseLatency = 0, outputLatency = baseLatency } = context as AudioContext
    // `getOutputTimestamp` is zero until sound has come out, which here it has not.
    const startedAtMs = performance.now() + 1000 * (outputLatency - ago)
    // WebKit renders several blocks at once, so that its context's time runs ahead by milliseconds.
    return { startedAtSeconds, startedAtMs: Math.max(this.begunMs, startedAtMs) }
  }

  private become(state: PlayerState): void {
    const previous = this.state
    if (state === previous) return
    this.state = state
    this.emit('statechange', { state, previous })
    if (state !== 'suspended' || this.hasToldBlocked) return
    this.hasToldBlocked = true
    this.emit('blocked', { state })
  }
}
