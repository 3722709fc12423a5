import type { BlockScore } from '../../index.js'
import { clearedCanvas, describeCanvas } from '../shared/drawing.js'
import type { ScoreRun } from './run.js'
import { lightestSurprisal } from './surprise-map.js'
import { decisionSigns, pText, timeText } from './words.js'

/** Heights in CSS pixels: marks above, surprise, decisions below. */
const markHeight = 18
const blockHeight = 24
const font = '12px system-ui, sans-serif'

interface Colours {
  readonly ink: string
  readonly quiet: string
  readonly line: string
  readonly mark: string
  readonly good: string
}

/** Draws how surprising each frame is, what is marked, and each block's decision, beneath a spectrogram. */
export class SurpriseStrip {
  private readonly context: CanvasRenderingContext2D

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext('2d')!
  }

  /**
   * Draws seconds [from, from + span).
   *
   * @param playhead seconds, or undefined: none
   */
  draw(run: ScoreRun | undefined, from: number, span: number, playhead: number | undefined): void {
    const { canvas, context } = this
    const width = canvas.clientWidth
    const height = canvas.clientHeight
    clearedCanvas(context)
    context.scale(devicePixelRatio, devicePixelRatio)
    const colours = coloursOf(canvas)
    const bottom = height - blockHeight
    const xOf = (seconds: number) => ((seconds - from) / span) * width
    if (run !== undefined) {
      this.drawMarks(run, colours, xOf, bottom)
      this.drawSurprise(run, colours, xOf, from, span, bottom)
      for (const block of run.blocks) this.drawBlock(block, colours, xOf, bottom)
    }
    this.describe(run)
    context.fillStyle = colours.line
    context.fillRect(0, bottom, width, 1)
    if (playhead === undefined) return
    context.fillStyle = colours.ink
    context.fillRect(xOf(playhead) - 0.5, 0, 1, height)
  }

  private describe(run: ScoreRun | undefined): void {
    const marked =
      run?.anomalies.map(({ kind, startSeconds }) => `${kind} at ${timeText(startSeconds)}`) ?? []
    const said = marked.length === 0 ? 'nothing marked' : marked.join(', ')
    describeCanvas(this.canvas, `Surprise over time, ${said}`)
  }

  private drawSurprise(
    { surprise, scoring }: ScoreRun,
    colours: Colours,
    xOf: (seconds: number) => number,
    from: number,
    span: number,
    bottom: number,
  ): void {
    if (scoring === undefined) return
    const { context } = this
    const { frameSeconds } = scoring
    const first = Math.max(0, Math.floor(from / frameSeconds))
    const last = Math.min(surprise.length, Math.ceil((from + span) / frameSeconds))
    context.fillStyle = colours.ink
    // Whole pixels: bars that overlap or leave gaps by fractions make stripes when they scroll.
    let left = Math.floor(xOf(first * frameSeconds))
    for (let frame = first; frame < last; frame++) {
      const right = Math.floor(xOf((frame + 1) * frameSeconds))
      const share = Math.sqrt(Math.min(1, Math.max(0, surprise[frame]!) / lightestSurprisal))
      const tall = Math.max(1, share * (bottom - markHeight))
      context.fillRect(left, bottom - tall, Math.max(1, right - left), tall)
      left = right
    }
  }

  /** Bands with a number on top, as in the list of what is marked. */
  private drawMarks(run: ScoreRun, colours: Colours, xOf: (seconds: number) => number, bottom: number): void {
    const { context } = this
    context.font = `600 ${font}`
    context.textBaseline = 'middle'
    context.textAlign = 'center'
    for (const [i, { startSeconds, endSeconds }] of run.anomalies.entries()) {
      const left = xOf(startSeconds)
      const width = Math.max(3, xOf(endSeconds) - left)
      context.fillStyle = colours.mark
      context.globalAlpha = 0.28
      context.fillRect(left, markHeight, width, bottom - markHeight)
      context.globalAlpha = 1
      context.fillRect(left, markHeight - 3, width, 3)
      const [shownFrom, shownTo] = [Math.max(left, 0), Math.min(left + width, this.canvas.clientWidth)]
      if (shownTo > shownFrom) context.fillText(`${i + 1}`, (shownFrom + shownTo) / 2, markHeight / 2 - 1)
    }
  }

  private drawBlock(
    block: BlockScore,
    colours: Colours,
    xOf: (seconds: number) => number,
    bottom: number,
  ): void {
    const { context } = this
    const left = xOf(block.startSeconds)
    const width = xOf(block.endSeconds) - left
    context.save()
    context.beginPath()
    context.rect(left + 1, bottom + 1, width - 2, blockHeight - 1)
    context.clip()
    const isGood = block.decision === 'accept'
    context.fillStyle = isGood ? colours.good : colours.mark
    context.fillRect(left + 1, bottom + 1, width - 2, 3)
    context.font = font
    context.textBaseline = 'middle'
    context.textAlign = 'left'
    const sign = decisionSigns[block.decision]
    const shownFrom = Math.max(left, 0)
    context.fillText(sign, shownFrom + 6, bottom + 14)
    context.fillStyle = colours.quiet
    const words = block.pValue === null ? (block.error?.code ?? '') : `p ${pText(block.pValue)}`
    context.fillText(words, shownFrom + 22, bottom + 14)
    context.restore()
  }
}

/** The style sheet's, as they are in this theme: the properties are registered as colours there. */
function coloursOf(canvas: HTMLCanvasElement): Colours {
  const style = getComputedStyle(canvas)
  const colour = (name: string) => style.getPropertyValue(`--strip-${name}`)
  return {
    ink: colour('ink'),
    quiet: colour('quiet'),
    line: colour('line'),
    mark: colour('mark'),
    good: colour('good'),
  }
}
