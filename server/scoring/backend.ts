import type { ScoringGroup } from '../../src/protocol/messages.js'
import type { HeardBlock } from '../../src/scoring/recording/block-recording.js'
import type { FrameMap } from '../../src/scoring/texture/live-scorer.js'
import type { ScoreAnswer } from '../../src/scoring/verdict/answer.js'
import type { JudgedBlock } from '../../src/scoring/verdict/block-verdict.js'
import type { RawAudio, ScoreSettings } from './messages.js'

export interface ScoreBody extends ScoreSettings {
  /** The buffer is handed over and must not be used again. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Absent for a file whose content tells its format. */
  readonly raw?: RawAudio
  /** Judged block by block; default: as the group was calibrated. */
  readonly blockSeconds?: number
  /** With it: what a recording is ranked among that is shorter than a block. */
  readonly shortGroup?: string
  readonly maxSeconds: number
}

/** Values that came of a part of a stream, and what they cost. */
export interface LivePart {
  readonly maps: readonly FrameMap[]
  readonly computeMs: number
}

/** One scoring stream of a backend. Its calls are answered in their order. */
export interface BackendScoringStream {
  /** Takes checked samples at the stream's rate; the buffer is handed over and must not be used again. */
  push(samples: Float32Array): Promise<LivePart>
  flush(): Promise<LivePart>
  /**
   * As `push`, of a whole block.
   *
   * @param index of the block in its stream
   * @param group that it is ranked among; `auto`: its condition chooses
   * @param blockSeconds length of the stream's blocks; absent for a stream that is shorter than one
   */
  scoreBlock(
    block: HeardBlock,
    index: number,
    group: string,
    blockSeconds?: number,
  ): Promise<JudgedBlock & { readonly computeMs: number }>
  /** Forgets the stream. */
  close(): void
}

/** Where recordings are scored. All calls throw ApiError scoring_failed when a thread dies. */
export interface ScoringBackend {
  readonly model: { readonly name: string; readonly hash: string }
  /** From one mel frame to the next. */
  readonly frameSeconds: number
  readonly groups: readonly ScoringGroup[]
  /** What is wrong with it now, for `/readyz`; absent: nothing. */
  readonly trouble?: string | undefined
  /**
   * @param signal ends the work; the call then rejects once it has ended
   * @param client whose recording it is: those of others do not wait for all of its
   * @throws ApiError invalid_audio, unsupported_media_type, invalid_argument, scoring_failed; the reason of the signal
   */
  scoreBody(body: ScoreBody, signal: AbortSignal, client: string): Promise<ScoreAnswer>
  openStream(
    sampleRate: number,
    settings: Omit<ScoreSettings, 'group'>,
  ): Promise<{ stream: BackendScoringStream; delaySeconds: number }>
  stop(): Promise<void>
}
