import { page, setText, showPlace } from '../shared/page.js'
import { Redraw } from '../shared/redraw.js'
import type { Shared } from '../shared/shared.js'
import { Spectrogram } from '../sound/spectrogram.js'
import type { Playing } from './playing.js'
import type { Take } from './take.js'

/** Seconds shown of what has no end yet. */
const liveSeconds = 8

export interface StageHooks {
  /** Called for each picture: what is measured bit by bit. */
  measure(): void
  /** The first sample of the take reached the ear. */
  heard(): void
}

/** Pictures and figures of the take, drawn for as long as something changes. */
export class Stage {
  private readonly original = new Spectrogram(page.original, 'original')
  private readonly result = new Spectrogram(page.result, 'resynthesis')
  private readonly redraw = new Redraw(() => this.draw())
  private take: Take | undefined
  private clickedAtMs = 0
  private firstSoundMs: number | undefined

  constructor(
    private readonly shared: Shared,
    private readonly playing: Playing,
    private readonly hooks: StageHooks,
  ) {
    new ResizeObserver(() => this.wake()).observe(page.original)
  }

  /** @param clickedAtMs when the visitor asked for it */
  show(take: Take, clickedAtMs: number): void {
    this.take = take
    this.restartClock(clickedAtMs)
    this.original.show(take.original)
    this.result.show(take.result)
    this.wake()
  }

  /** From now on the first sound is waited for. */
  restartClock(clickedAtMs: number): void {
    this.clickedAtMs = clickedAtMs
    this.firstSoundMs = undefined
    setText(page.firstSound, '–')
  }

  get isHeard(): boolean {
    return this.firstSoundMs !== undefined
  }

  /** Something changed, or will. */
  wake(): void {
    this.redraw.wake()
  }

  /** @returns whether there will be more to draw */
  private draw(): boolean {
    const { take } = this
    const isPlaying = this.playing.isOn
    const { position } = this.playing
    if (take === undefined) {
      this.original.draw(0, 1, undefined)
      this.result.draw(0, 1, undefined)
      return false
    }
    this.hooks.measure()
    const seconds = take.original.seconds
    const isLive = !take.original.isFinished
    const span = isLive ? liveSeconds : Math.max(seconds, 0.5)
    const from = isLive ? Math.max(0, seconds - span) : 0
    const playhead = isPlaying || position > 0 ? position : undefined
    const isDrawn = [this.original, this.result].map((each) => each.draw(from, span, playhead)).every(Boolean)
    showPlace(page, position, seconds, isLive)
    page.download.disabled = !take.result.isFinished || take.result.length === 0
    this.showFigures(take, isPlaying ? position : undefined)
    this.shared.notice.show(isPlaying ? this.shared.sound?.state : undefined)
    return isPlaying || isLive || !take.result.isFinished || !isDrawn
  }

  private showFigures(take: Take, position: number | undefined): void {
    const { sound } = this.shared
    const { figures, result } = take
    const { bytesSent, bytesReceived } = take.stream.traffic
    const startedAtMs = sound?.startedAtMs
    // What began before the click is the take before, which still plays.
    const isOurs = startedAtMs !== undefined && startedAtMs >= this.clickedAtMs
    if (this.firstSoundMs === undefined && position !== undefined && isOurs) {
      this.firstSoundMs = startedAtMs - this.clickedAtMs
      this.hooks.heard()
    }
    if (this.firstSoundMs !== undefined) setText(page.firstSound, `${Math.round(this.firstSoundMs)} ms`)
    const serverMs = figures?.ttfaMs
    const share = serverMs === undefined ? '' : `, ${Math.round(serverMs)} ms of it the server’s`
    setText(page.firstSoundNote, `after the click${share}`)
    if (sound !== undefined) {
      const { bufferedMs, prebufferMs, underruns, state } = sound.stats
      const ahead = position === undefined ? bufferedMs / 1000 : Math.max(0, result.seconds - position)
      setText(page.buffered, `${ahead.toFixed(1)} s`)
      const note = state === 'stalled' ? 'waiting for the server' : `starts at ${Math.round(prebufferMs)} ms`
      setText(page.bufferedNote, note)
      setText(page.underruns, `${underruns}`)
    }
    setText(page.rtf, figures === undefined ? '–' : figures.rtf.toFixed(3))
    setText(page.traffic, `${kilobytes(bytesSent)} / ${kilobytes(bytesReceived)} kB`)
  }
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)}`
}
