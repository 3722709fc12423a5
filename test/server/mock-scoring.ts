import { scoringFailed } from '../../server/operations/api-error.js'
import type {
  BackendScoringStream,
  LivePart,
  ScoreBody,
  ScoringBackend,
} from '../../server/scoring/backend.js'
import type { ScoringGroup } from '../../src/protocol/messages.js'
import type { HeardBlock } from '../../src/scoring/recording/block-recording.js'
import { surpriseBands } from '../../src/scoring/texture/live-scorer.js'
import type { ScoreAnswer } from '../../src/scoring/verdict/answer.js'
import type { FileScore } from '../../src/scoring/verdict/file-score.js'

const frameSeconds = 0.01

/** The surprise of a mock frame. */
export const mockSurprise = (frame: number) => (frame % 100) / 100

const fileScore: FileScore = {
  file: 'body',
  bitsPerSample: 7,
  natsPerSample: -5.5,
  pValue: 0.5,
  decision: 'accept',
  reasons: [],
  anomalies: [],
  segmentPValues: [0.5],
  warnings: [],
}

/** A backend that costs nothing: a frame for each 10 ms, at the next turn of the loop; silent blocks are not scored. */
export class MockScoring implements ScoringBackend {
  readonly model = { name: 'mock', hash: '0'.repeat(64) }
  readonly frameSeconds = frameSeconds
  readonly groups: readonly ScoringGroup[] = [
    { name: 'default', n: 244, date: '2026-11-24', seconds: [0.76, 8.61] as const },
    { name: 'two-seconds', n: 60, date: '2026-11-24', seconds: [2, 2] as const },
  ]
  readonly blocks: (HeardBlock & { index: number; group: string; blockSeconds: number | undefined })[] = []
  /** What the blocks to come choose. */
  readonly choices: NonNullable<FileScore['groupChoice']>[] = []
  /** P-values of the blocks to come; 0.5 when there are none. */
  readonly pValues: number[] = []
  /** Resolved before anything is answered. */
  gate: Promise<unknown> = Promise.resolve()
  open = 0
  /** The longest part that was pushed, samples, and the most calls of one stream's parts, and of its blocks, at a time. */
  maxPart = 0
  maxAtOnce = 0
  private broken = false

  crash(): void {
    this.broken = true
  }

  async scoreBody(_body: ScoreBody): Promise<ScoreAnswer> {
    await this.turn()
    const calibration = { file: 'calibration.json', group: 'default', n: 244, date: '2026-11-24', seed: 0 }
    return { ...fileScore, calibration, model: this.model.hash }
  }

  async openStream(sampleRate: number): Promise<{ stream: BackendScoringStream; delaySeconds: number }> {
    await this.turn()
    this.open += 1
    let samples = 0
    let frames = 0
    const alone = this.counted()
    const blocksAlone = this.counted()
    const due = async (): Promise<LivePart> => {
      await this.turn()
      const first = frames
      frames = Math.floor(samples / sampleRate / frameSeconds)
      const surprise = Array.from({ length: frames - first }, (_, i) => mockSurprise(first + i))
      const zeros = surprise.map(() => 0)
      const bandSurprise = surprise.flatMap((value) => Array<number>(surpriseBands).fill(value))
      const map = { frame: first, surprise, bandSurprise, natsPerSample: zeros, levelDb: zeros }
      return { maps: surprise.length === 0 ? [] : [map], computeMs: 0.1 }
    }
    const stream = {
      push: (part: Float32Array) => {
        samples += part.length
        this.maxPart = Math.max(this.maxPart, part.length)
        return alone(due)
      },
      flush: () => alone(due),
      scoreBlock: async (block: HeardBlock, index: number, group: string, blockSeconds?: number) => {
        await blocksAlone(() => this.turn())
        this.blocks.push({ ...block, index, group, blockSeconds })
        const pValue = this.pValues.shift() ?? 0.5
        const isSilent = block.samples.every((sample) => sample === 0)
        const error = { code: 'SILENT', message: 'body: got silence, expected sound' }
        const score: FileScore = isSilent
          ? { ...fileScore, pValue: null, decision: 'reject', reasons: ['silence'], error }
          : pValue > 0.01
            ? { ...fileScore, pValue }
            : { ...fileScore, pValue, decision: 'reject', reasons: ['noise'] }
        const groupChoice = this.choices.shift()
        const chosen = groupChoice === undefined ? score : { ...score, groupChoice }
        return { score: chosen, found: score.reasons, computeMs: 1 }
      },
      close: () => {
        this.open -= 1
      },
    }
    return { stream, delaySeconds: 0.16 }
  }

  async stop(): Promise<void> {
    this.open = 0
  }

  /** Counts how many are under way. */
  private counted(): <Result>(work: () => Promise<Result>) => Promise<Result> {
    let running = 0
    return async (work) => {
      running += 1
      this.maxAtOnce = Math.max(this.maxAtOnce, running)
      try {
        return await work()
      } finally {
        running -= 1
      }
    }
  }

  private async turn(): Promise<void> {
    await this.gate
    await new Promise((resolve) => setImmediate(resolve))
    if (this.broken) throw scoringFailed('a crash')
  }
}
