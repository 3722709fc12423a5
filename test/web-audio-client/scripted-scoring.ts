import {
  type ClientMessage,
  type Drift,
  type MediaFrame,
  type ServerMessage,
  s16ToSamples,
} from '../../src/protocol/messages.js'

export const samplesPerFrame = 4
export const framesPerBlock = 8
/** Seconds of a frame at the tests' rate of 8,000 Hz. */
const frameSeconds = samplesPerFrame / 8000

export const calibration = { name: 'default', n: 99, date: '2026-11-25', seconds: [1, 9] } as const

const driftAfter = (tests: number): Drift => ({
  tests,
  logMartingale: tests / 8,
  logThreshold: 4,
  alarm: false,
  alarmBlock: null,
})

export interface ScoringScript {
  /** Samples of a recording that may be sent at first. */
  readonly scoringCredit?: number
  readonly calibrationDate?: string
}

/** A scoring stream whose scores are arithmetic: the surprise of a frame is its first sample. */
export class ScriptedScoring {
  /** What `score` asked for. */
  readonly options: Extract<ClientMessage, { type: 'score' }>
  readonly samples: number[] = []
  private readonly reply: (message: ServerMessage) => void
  private frames = 0
  private sequence = 0

  constructor(
    options: Extract<ClientMessage, { type: 'score' }>,
    { scoringCredit = 64, calibrationDate = calibration.date }: ScoringScript,
    reply: (message: ServerMessage) => void,
  ) {
    this.options = options
    this.reply = reply
    reply({
      type: 'scoring',
      stream: options.stream,
      model: 'voice',
      hash: 'h1',
      calibration: { ...calibration, date: calibrationDate },
      falseAlarmRate: 0.01,
      blockSeconds: framesPerBlock * frameSeconds,
      blockLength: 'within',
      driftFalseAlarmRate: 0.01,
      frameSeconds,
      delaySeconds: 0.2,
      credit: scoringCredit,
    })
  }

  take({ sequence, position, payload }: MediaFrame): void {
    if (sequence !== this.sequence++) throw new Error(`recording: sequence ${sequence}`)
    if (position !== this.samples.length) throw new Error(`recording: position ${position}`)
    const came = s16ToSamples(payload)
    this.samples.push(...came)
    const frames = Math.floor(this.samples.length / samplesPerFrame)
    const surprise: number[] = []
    while (this.frames < frames) {
      surprise.push(this.samples[this.frames * samplesPerFrame]!)
      this.frames += 1
      // Messages end where a block does, so that order is that of time.
      if (this.frames % framesPerBlock !== 0) continue
      this.sendScores(this.frames - surprise.length, surprise.splice(0))
      this.sendBlock(this.frames / framesPerBlock - 1)
    }
    if (surprise.length > 0) this.sendScores(this.frames - surprise.length, surprise)
    this.reply({ type: 'audioCredit', stream: this.options.stream, samples: came.length })
  }

  end(): void {
    const blocks = Math.floor(this.frames / framesPerBlock)
    this.reply({
      type: 'scored',
      stream: this.options.stream,
      samples: this.samples.length,
      seconds: this.samples.length / this.options.sampleRate,
      frames: this.frames,
      blocks: { accept: blocks, retry: 0, reject: 0 },
      pValue: 0.5,
      decision: 'accept',
      bitsPerSample: 7,
      natsPerSample: -5,
      drift: driftAfter(blocks),
      rtf: 0.1,
    })
  }

  private sendScores(frame: number, surprise: number[]): void {
    this.reply({
      type: 'scores',
      stream: this.options.stream,
      frame,
      startSeconds: frame * frameSeconds,
      surprise,
      bandSurprise: surprise.flatMap((value) => [value, -value]),
      natsPerSample: surprise.map(() => -5),
      levelDb: surprise.map(() => -20),
    })
  }

  private sendBlock(block: number): void {
    const seconds = framesPerBlock * frameSeconds
    this.reply({
      type: 'block',
      stream: this.options.stream,
      block,
      startSeconds: block * seconds,
      endSeconds: (block + 1) * seconds,
      pValue: 0.5,
      decision: 'accept',
      reasons: [],
      anomalies: [],
      warnings: [],
      bitsPerSample: 7,
      natsPerSample: -5,
      error: null,
    })
    this.reply({ type: 'drift', stream: this.options.stream, ...driftAfter(block + 1) })
  }
}
