import { Resampler } from '../../../src/audio/resample.js'
import type {
  BlockScore,
  Drift,
  GlowcastClient,
  ScoreResult,
  Scoring,
  ScoringGroup,
  ScoringStream,
} from '../../index.js'
import { GrowingSignal } from '../sound/signal.js'
import { melConvention } from '../vocoder/mel-convention.js'

export interface ScoreSettings {
  readonly falseAlarmRate: number
  readonly group?: string
  /** All that the server has. */
  readonly groups: readonly ScoringGroup[]
}

export type Anomaly = BlockScore['anomalies'][number]

/** Seconds kept for resuming of what has no end yet. */
const usualKeepSeconds = 120
/** Seconds sent at once, of what is there already. */
const pieceSeconds = 0.25

/** One recording on its way through the server: samples out, scores back. */
export class ScoreRun {
  /** What is drawn and played: what the model hears, at its rate. */
  readonly signal = new GrowingSignal(melConvention.sampleRate)
  /** Of each mel frame so far. */
  readonly surprise: number[] = []
  /** The same by bands, as many for each frame; none of servers that do not tell. */
  readonly bandSurprise: number[] = []
  readonly blocks: BlockScore[] = []
  readonly stream: ScoringStream
  scoring: Scoring | undefined
  drift: Drift | undefined
  result: ScoreResult | undefined
  isOver = false
  private readonly resampler: Resampler
  private readonly groups: readonly ScoringGroup[]

  /**
   * @param note what it is, for people
   * @param sampleRate of the samples to be sent, Hz
   * @param totalSeconds how long it will be; undefined: until it is stopped
   * @param onChange called when there are new scores
   */
  constructor(
    client: GlowcastClient,
    readonly note: string,
    private readonly sampleRate: number,
    readonly totalSeconds: number | undefined,
    { groups, ...options }: ScoreSettings,
    private readonly onChange: () => void,
  ) {
    this.resampler = new Resampler(sampleRate, this.signal.sampleRate)
    this.groups = groups
    // However long it is, it is resumed after a lost connection.
    const keepSeconds = Math.max(usualKeepSeconds, Math.ceil((totalSeconds ?? 0) + 1))
    this.stream = client.score({ sampleRate, keepSeconds, ...options })
  }

  /** What the last block was ranked among. */
  get calibration(): ScoringGroup | undefined {
    const group = this.blocks.at(-1)?.group
    return this.groups.find(({ name }) => name === group) ?? this.scoring?.calibration
  }

  get bands(): number {
    return this.bandSurprise.length / Math.max(1, this.surprise.length)
  }

  get anomalies(): Anomaly[] {
    return this.blocks.flatMap(({ anomalies }) => anomalies)
  }

  /** Takes what the server sends until the end; throws what goes wrong. */
  async receive(): Promise<void> {
    try {
      for await (const event of this.stream) {
        this.scoring ??= await this.stream.opened
        if (event.type === 'scores') {
          this.surprise.push(...event.surprise)
          this.bandSurprise.push(...(event.bandSurprise ?? []))
        } else if (event.type === 'block') this.blocks.push(event)
        else this.drift = event
        this.onChange()
      }
    } finally {
      this.isOver = true
      this.signal.finish()
      this.onChange()
    }
  }

  /** Sends a recording that is there, as fast as the server's credit allows. */
  async sendAll(samples: Float32Array): Promise<void> {
    const piece = Math.round(pieceSeconds * this.sampleRate)
    for (let from = 0; from < samples.length; from += piece)
      await this.send(samples.subarray(from, from + piece))
    await this.end()
  }

  async send(samples: Float32Array): Promise<void> {
    this.signal.append(this.resampler.push(samples))
    await this.stream.write(samples)
  }

  async end(): Promise<void> {
    this.signal.append(this.resampler.flush())
    this.signal.finish()
    this.result = await this.stream.end()
    this.drift = this.result.drift
    this.onChange()
  }
}
