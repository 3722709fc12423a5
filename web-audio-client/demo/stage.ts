import { page, setText } from './page.js'
import type { Playing } from './playing.js'
import type { Shared } from './shared.js'
import { Spectrogram } from './spectrogram.js'
import type { Take } from './take.js'

/** Seconds shown of what has no end yet. */
const liveSeconds = 8
/** With less motion asked for, the playhead steps this often. */
const calmMs = 250

/** Pictures and figures of the take, drawn for as long as something changes. */
export class Stage {
  private readonly original = new Spectrogram(page.original, 'original')
  private readonly result = new Spectrogram(page.result, 'resynthesis')
  private readonly calm = matchMedia('(prefers-reduced-motion: reduce)')
  private take: Take | undefined
  private clickedAtMs = 0
  private firstSoundMs: number | undefined
  private frame = 0

  constructor(
    private readonly shared: Shared,
    private readonly playing: Playing,
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

  /** Something changed, or will. */
  wake(): void {
    cancelAnimationFrame(this.frame)
    this.frame = requestAnimationFrame(() => this.draw())
  }

  private draw(): void {
    const { take } = this
    const { sound } = this.shared
    const isPlaying = this.playing.isOn
    const position = isPlaying && sound !== undefined ? sound.positionSeconds : undefined
    const grows = take !== undefined && !(take.original.isFinished && take.result.isFinished)
    if (take !== undefined) {
      const seconds = take.original.seconds
      const isLive = !take.original.isFinished
      const span = isLive ? liveSeconds : Math.max(seconds, 0.5)
      const from = isLive ? Math.max(0, seconds - span) : 0
      this.original.draw(from, span, position)
      this.result.draw(from, span, position)
      setText(page.position, (position ?? 0).toFixed(1))
      setText(page.duration, seconds.toFixed(1))
      this.showFigures(take, position)
    } else {
      this.original.draw(0, 1, undefined)
      this.result.draw(0, 1, undefined)
    }
    if (!isPlaying && !grows) return
    if (this.calm.matches) setTimeout(() => this.wake(), calmMs)
    else this.wake()
  }

  private showFigures(take: Take, position: number | undefined): void {
    const { sound } = this.shared
    const { figures, result } = take
    const { bytesSent, bytesReceived } = take.stream.traffic
    const startedAtMs = sound?.startedAtMs
    if (
      this.firstSoundMs === undefined &&
      startedAtMs !== undefined &&
      position !== undefined &&
      position > 0
    ) {
      this.firstSoundMs = startedAtMs - this.clickedAtMs
    }
    if (this.firstSoundMs !== undefined) setText(page.firstSound, `${Math.round(this.firstSoundMs)} ms`)
    const serverMs = figures?.ttfaMs
    const share = serverMs === undefined ? '' : `, ${Math.round(serverMs)} ms of it the server’s`
    setText(page.firstSoundNote, `after the click${share}`)
    if (sound !== undefined) {
      const { bufferedMs, prebufferMs, underruns } = sound.stats
      const ahead = position === undefined ? bufferedMs / 1000 : Math.max(0, result.seconds - position)
      setText(page.buffered, `${ahead.toFixed(1)} s`)
      setText(page.bufferedNote, `starts at ${Math.round(prebufferMs)} ms`)
      setText(page.underruns, `${underruns}`)
    }
    setText(page.rtf, figures === undefined ? '–' : figures.rtf.toFixed(3))
    setText(page.traffic, `${kilobytes(bytesSent)} / ${kilobytes(bytesReceived)} kB`)
  }
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)}`
}
