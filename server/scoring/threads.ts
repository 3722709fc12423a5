import { basename } from 'node:path'
import { melPresets } from '../../src/audio/mel/mel.js'
import { GlowcastError } from '../../src/errors.js'
import { densityHash } from '../../src/likelihood/model-hash.js'
import { loadGlowcastModel } from '../../src/models/load-model.js'
import type { ScoringGroup } from '../../src/protocol/messages.js'
import { autoGroup } from '../../src/scoring/calibration/condition.js'
import { chosenGroup } from '../../src/scoring/calibration/file.js'
import { loadCalibration } from '../../src/scoring/calibration/store.js'
import type { ScoreAnswer } from '../../src/scoring/verdict/answer.js'
import { scoringFailed } from '../operations/api-error.js'
import { troubleOf } from '../operations/trouble.js'
import { cancelFlag } from '../workers/cancellation.js'
import { brokenScoring } from '../workers/errors.js'
import { JobThread } from '../workers/thread.js'
import { Turns } from '../workers/turns.js'
import type { BackendScoringStream, ScoreBody, ScoringBackend } from './backend.js'
import type {
  LiveScoreJob,
  LiveScoreResult,
  ScoreJob,
  ScoreResult,
  ScoreSettings,
  ScoringThreadSettings,
} from './messages.js'

/** Without a sign of life: a part of a stream takes milliseconds, the statistics of a recording's segment seconds. */
const liveSilentMs = 15_000
const wholeSilentMs = 120_000

/** Clients learn no more of a thread that died; the log does. */
const brokenError = () => brokenScoring(new Error('a thread that died or does not start'))

/**
 * Two threads that score: one frame by frame, in time; one whole recordings and blocks, when live streams leave time.
 * Each starts with the first that needs it.
 */
export class ScoringThreads implements ScoringBackend {
  private readonly live: JobThread<LiveScoreJob, LiveScoreResult>
  private readonly whole: JobThread<ScoreJob, ScoreResult>
  /** Recordings that wait do so here, where they can be forgotten. */
  private readonly turns = new Turns()
  private nextStream = 0

  private constructor(
    readonly model: { readonly name: string; readonly hash: string },
    readonly frameSeconds: number,
    readonly groups: readonly ScoringGroup[],
    data: ScoringThreadSettings,
    onCrash: (error: Error) => void,
  ) {
    const common = { data, brokenError, onCrash }
    this.live = new JobThread({ ...common, name: 'scoring/live-score-worker', silentMs: liveSilentMs })
    this.whole = new JobThread({ ...common, name: 'scoring/score-worker', silentMs: wholeSilentMs })
  }

  /** Why nothing, or nothing live, can be scored now; undefined where all is well. */
  get trouble(): string | undefined {
    return troubleOf('scoring', this.whole.trouble ?? this.live.trouble)
  }

  /**
   * @param options.groups names of those that are served; default: all
   * @param options.onCrash told what a thread died of, or why it does not start
   * @throws GlowcastError INVALID_MODEL; IO, INVALID_CALIBRATION without a calibration of these weights; UNKNOWN_GROUP
   */
  static async start({
    groups: names,
    onCrash,
    ...files
  }: {
    modelFolder: string
    calibrationFile: string
    groups?: readonly string[]
    onCrash: (error: Error) => void
  }): Promise<ScoringThreads> {
    const { config, weights, hash } = await loadGlowcastModel(files.modelFolder)
    const calibration = await loadCalibration(files.calibrationFile, await densityHash(config, weights))
    const { hopLength, sampleRate } = melPresets[config.mel]
    for (const name of names ?? []) chosenGroup(calibration, name)
    const served = Object.entries(calibration.groups).filter(
      ([name]) => names === undefined || names.includes(autoGroup) || names.includes(name),
    )
    const groups = served.map(([name, { n, date, seconds, blockSeconds }]) => ({
      name,
      n,
      date,
      seconds,
      ...(blockSeconds === undefined ? {} : { blockSeconds }),
    }))
    // Others are not chosen by a recording's condition either.
    const known = { ...calibration, groups: Object.fromEntries(served) }
    const model = { name: basename(files.modelFolder), hash }
    return new ScoringThreads(
      model,
      hopLength / sampleRate,
      groups,
      { ...files, hash, calibration: known },
      onCrash,
    )
  }

  scoreBody(body: ScoreBody, signal: AbortSignal, client: string): Promise<ScoreAnswer> {
    return this.turns.run(
      async () => {
        const job = { kind: 'body', ...body, cancel: cancelFlag(signal) } as const
        const result = scoring(this.whole.run(job, [body.bytes.buffer]))
        return (await result.finally(() => signal.throwIfAborted())).answer
      },
      signal,
      client,
    )
  }

  async openStream(
    sampleRate: number,
    settings: Omit<ScoreSettings, 'group'>,
  ): Promise<{ stream: BackendScoringStream; delaySeconds: number }> {
    const stream = this.nextStream++
    const { delaySeconds } = await scoring(this.live.run({ kind: 'open', stream, sampleRate }))
    return {
      delaySeconds: delaySeconds!,
      stream: {
        push: (samples) =>
          scoring(this.live.run({ kind: 'push', stream, samples }, [samples.buffer as ArrayBuffer])),
        flush: () => scoring(this.live.run({ kind: 'flush', stream })),
        scoreBlock: async (block, index, group, blockSeconds) => {
          const length = blockSeconds === undefined ? {} : { blockSeconds }
          const job = { kind: 'block', ...block, index, group, ...length, ...settings } as const
          const transfer = [block.samples.buffer as ArrayBuffer]
          const { answer, found, computeMs } = await scoring(this.whole.run(job, transfer))
          return { score: answer, found, computeMs }
        },
        close: () => {
          // A thread that died has forgotten it already.
          if (this.live.isAlive) void this.live.run({ kind: 'close', stream }).catch(() => undefined)
        },
      },
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.live.stop(), this.whole.stop()])
  }
}

/** A failure of the thread or its engine is one of scoring, and none of synthesis. */
async function scoring<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result
  } catch (error) {
    if (error instanceof GlowcastError && error.code === 'ENGINE_FAILED') throw scoringFailed(error.message)
    throw error
  }
}
