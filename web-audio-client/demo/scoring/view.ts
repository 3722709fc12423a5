import { setText, showPlace } from '../shared/page.js'
import { Redraw } from '../shared/redraw.js'
import type { Shared } from '../shared/shared.js'
import { Spectrogram } from '../sound/spectrogram.js'
import type { Playing } from '../vocoder/playing.js'
import { scorePage } from './page.js'
import type { ScoreRun } from './run.js'
import { SurpriseMap, scaleGradient } from './surprise-map.js'
import { SurpriseStrip } from './surprise-strip.js'
import {
  bitsText,
  blockSentence,
  blockSpan,
  calibrationText,
  decisionSigns,
  driftText,
  pText,
  resultSentence,
  timeText,
} from './words.js'

/** Seconds shown of what has no end yet. */
const liveSeconds = 10

/** Shows a run: pictures for as long as something changes, words when they differ. */
export class ScoreView {
  private readonly spectrogram = new Spectrogram(scorePage.spectrogram, 'recording')
  private readonly map = new SurpriseMap(scorePage.map)
  private readonly strip = new SurpriseStrip(scorePage.strip)
  private readonly redraw = new Redraw(() => this.draw())
  private run: ScoreRun | undefined
  private listed = -1

  /**
   * @param playFrom called with the seconds at which to play
   */
  constructor(
    private readonly shared: Shared,
    private readonly playing: Playing,
    private readonly playFrom: (seconds: number) => void,
  ) {
    scorePage.scale.style.background = scaleGradient()
    new ResizeObserver(() => this.wake()).observe(scorePage.strip)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.wake())
  }

  show(run: ScoreRun): void {
    this.run = run
    this.listed = -1
    this.spectrogram.show(run.signal)
    setText(scorePage.note, run.note)
    delete scorePage.verdict.dataset['decision']
    setText(scorePage.sign, '…')
    setText(scorePage.decision, run.totalSeconds === undefined ? 'Listening' : 'Scoring')
    setText(scorePage.about, '')
    for (const figure of [scorePage.pValue, scorePage.bits, scorePage.behind, scorePage.drift])
      setText(figure, '–')
    setText(scorePage.driftNote, '')
    scorePage.driftMeter.value = 0
    scorePage.driftMeter.removeAttribute('data-alarm')
    scorePage.warnings.replaceChildren()
    this.wake()
  }

  /** Something changed, or will. */
  wake(): void {
    this.redraw.wake()
  }

  /** @returns whether there will be more to draw */
  private draw(): boolean {
    const { run, playing } = this
    const place = playing.position
    const position = playing.isOn || place > 0 ? place : undefined
    if (run === undefined) {
      this.spectrogram.draw(0, 1, undefined)
      this.map.draw(undefined, 0, 1, undefined)
      this.strip.draw(undefined, 0, 1, undefined)
      return false
    }
    const seconds = run.signal.seconds
    const isLive = run.totalSeconds === undefined && !run.signal.isFinished
    const span = isLive ? liveSeconds : Math.max(run.totalSeconds ?? seconds, 0.5)
    const from = isLive ? Math.max(0, seconds - span) : 0
    const isDrawn = this.spectrogram.draw(from, span, position)
    this.map.draw(run, from, span, position)
    this.strip.draw(run, from, span, position)
    if (playing.isOn) this.shared.notice.show(this.shared.sound?.state)
    showPlace(scorePage, place, seconds, isLive)
    scorePage.play.disabled = isLive
    scorePage.download.disabled = run.result === undefined
    this.showDecision(run)
    this.showFigures(run)
    if (run.anomalies.length !== this.listed) this.listAnomalies(run)
    return playing.isOn || !run.isOver || !isDrawn
  }

  private showDecision({ blocks, result, scoring, calibration }: ScoreRun): void {
    const block = blocks.at(-1)
    const decision = result?.decision ?? block?.decision
    if (decision === undefined) return
    scorePage.verdict.dataset['decision'] = decision
    setText(scorePage.sign, decisionSigns[decision])
    if (result !== undefined) setText(scorePage.decision, resultSentence(result, blocks))
    else if (block !== undefined) setText(scorePage.decision, blockSentence(block))
    const of =
      result === undefined
        ? `Block ${blocks.length}, ${block === undefined ? '' : blockSpan(block)}.`
        : `All ${result.seconds.toFixed(1)} s${blocks.length > 1 ? `, ${blocks.length} blocks at once` : ''}.`
    setText(
      scorePage.about,
      scoring === undefined || calibration === undefined
        ? of
        : `${of} ${calibrationText(calibration, scoring)}`,
    )
    const warnings = new Map(
      blocks.flatMap((each) => each.warnings.map(({ code, message }) => [code, message])),
    )
    if (scoring?.blockLength === 'outside') {
      warnings.set('BLOCK_LENGTH', 'blocks are of a length that no calibration recording has')
    }
    if (warnings.size === scorePage.warnings.childElementCount) return
    scorePage.warnings.replaceChildren(...[...warnings.values()].map((message) => item(message)))
  }

  private showFigures(run: ScoreRun): void {
    const { blocks, result, scoring, calibration, drift, stream } = run
    const value = result ?? blocks.at(-1)
    if (value !== undefined) {
      setText(scorePage.pValue, pText(value.pValue))
      setText(scorePage.bits, bitsText(value.bitsPerSample))
    }
    if (calibration !== undefined) {
      setText(scorePage.pNote, `the smallest of a block: ${pText(1 / (calibration.n + 1))}`)
    }
    if (result !== undefined) {
      setText(scorePage.behindName, 'Real-time factor')
      setText(scorePage.behind, result.rtf.toFixed(2))
      setText(scorePage.behindNote, 'compute per second of audio')
    } else if (scoring !== undefined) {
      setText(scorePage.behindName, 'Delay')
      setText(scorePage.behind, `${stream.behindSeconds.toFixed(1)} s`)
      setText(scorePage.behindNote, 'scores behind the sound')
    }
    if (drift === undefined) return
    const { logMartingale, logThreshold } = drift
    setText(scorePage.drift, drift.alarm ? 'alarm' : 'none')
    setText(scorePage.driftNote, driftText(drift))
    scorePage.driftMeter.toggleAttribute('data-alarm', drift.alarm)
    scorePage.driftMeter.max = logThreshold
    scorePage.driftMeter.value = drift.alarm ? logThreshold : Math.max(0, logMartingale)
  }

  private listAnomalies({ anomalies }: ScoreRun): void {
    this.listed = anomalies.length
    scorePage.marked.hidden = anomalies.length === 0
    const items = anomalies.map(({ startSeconds, endSeconds, kind, pValue }) => {
      const button = document.createElement('button')
      button.type = 'button'
      button.className = 'secondary'
      const span = `${timeText(startSeconds)} – ${timeText(endSeconds)}`
      const name = document.createElement('strong')
      name.textContent = kind
      button.append(name, ` ${span}, p ${pText(pValue)}`)
      button.addEventListener('click', () => this.playFrom(startSeconds))
      return item(button)
    })
    scorePage.anomalies.replaceChildren(...items)
  }
}

function item(content: string | Node): HTMLLIElement {
  const li = document.createElement('li')
  li.append(content)
  return li
}
