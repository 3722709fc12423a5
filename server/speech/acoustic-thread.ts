import { engineFailed, type GlowcastError } from '../../src/errors.js'
import type { AcousticModel, SpeakOptions, SpokenPart } from '../../src/speech/acoustic-model.js'
import type { StartThread } from '../../src/threads/watched-thread.js'
import { troubleOf } from '../operations/trouble.js'
import { cancelFlag } from '../workers/cancellation.js'
import { JobThread } from '../workers/thread.js'
import type { AcousticFacts, SpeechAnswer, SpeechJob, SpeechWorkerSettings } from './messages.js'

/** Of one call of the network: a sentence takes a second at most. */
const silentMs = 60_000

/** An acoustic model in a thread of its own. Utterances that overlap take turns, a part each. */
export class AcousticThread implements AcousticModel {
  readonly description: string
  readonly voices: readonly string[]
  readonly mel: AcousticFacts['mel']
  readonly speeds: AcousticFacts['speeds']
  readonly sharpen?: number
  private lastUtterance = 0

  private constructor(
    private readonly thread: JobThread<SpeechJob, SpeechAnswer>,
    { description, voices, mel, speeds, sharpen }: AcousticFacts,
  ) {
    this.description = description
    this.voices = voices
    this.mel = mel
    this.speeds = speeds
    if (sharpen !== undefined) this.sharpen = sharpen
  }

  /**
   * @param folder of the model
   * @param onCrash told what the thread died of
   * @param start of a thread; default: a worker
   * @throws GlowcastError IO, INVALID_MODEL, ENGINE_UNAVAILABLE
   */
  static async start(
    folder: string,
    onCrash: (error: Error) => void,
    start?: StartThread,
  ): Promise<AcousticThread> {
    let isStarting = true
    const thread = new JobThread<SpeechJob, SpeechAnswer>({
      name: 'speech/worker',
      data: { folder } satisfies SpeechWorkerSettings,
      silentMs,
      brokenError,
      onCrash: (error) => {
        if (!isStarting) onCrash(error)
      },
      ...(start === undefined ? {} : { start }),
    })
    try {
      const { facts } = await thread.run({ type: 'describe' })
      return new AcousticThread(thread, facts!)
    } catch (error) {
      await thread.stop()
      throw thread.trouble ?? error
    } finally {
      isStarting = false
    }
  }

  /** Why it does not start again, or undefined. */
  get trouble(): string | undefined {
    return troubleOf('speech', this.thread.trouble)
  }

  async *speak(text: string, { signal, ...options }: SpeakOptions = {}): AsyncGenerator<SpokenPart> {
    signal?.throwIfAborted()
    const utterance = ++this.lastUtterance
    const cancelling = signal === undefined ? {} : { cancel: cancelFlag(signal) }
    let isOpen = true
    const partOf = async (job: SpeechJob) => {
      // What fails is forgotten there.
      isOpen = false
      const { part } = await this.thread.run(job)
      isOpen = part !== undefined
      return part
    }
    try {
      let part = await partOf({ type: 'begin', utterance, text, ...options, ...cancelling })
      while (part !== undefined) {
        yield part
        part = await partOf({ type: 'next', utterance, ...cancelling })
      }
    } finally {
      if (isOpen && this.thread.isAlive) await this.thread.run({ type: 'end', utterance })
    }
  }

  dispose(): Promise<void> {
    return this.thread.stop()
  }
}

function brokenError(mayBeGuilty: boolean): GlowcastError {
  const got = mayBeGuilty ? 'a thread that died of it' : 'a thread that died or does not start'
  return engineFailed('acoustic model', got, 'one that goes on')
}
