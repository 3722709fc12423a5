import { engineFailed, type GlowcastError, invalidAudio } from '../../src/errors.js'
import type { Permit } from '../http/request-permits.js'
import { cancelFlag } from '../workers/cancellation.js'
import { JobThread } from '../workers/thread.js'
import { Turns } from '../workers/turns.js'
import type { Analysed, AnalysisJob } from './analysis-messages.js'

/** Between two parts of a body that is decoded or analysed. */
const silentMs = 60_000

/** Bodies that only waited for the one that broke the thread may come again. */
function brokenError(mayBeGuilty: boolean): GlowcastError {
  return mayBeGuilty
    ? invalidAudio('body', 'data that breaks its decoder', 'audio')
    : engineFailed('body', 'a thread that died or does not start', 'one that analyses it')
}

/** Makes mel frames of request bodies in a thread of its own, which starts with the first of them. */
export class Analysis {
  private readonly thread: JobThread<AnalysisJob, Analysed>

  /** What waits for the thread waits here, where it can be forgotten. */
  private readonly turns = new Turns()

  /** @param onCrash told what the thread died of, or why it does not start */
  constructor(onCrash: (error: Error) => void) {
    this.thread = new JobThread({
      name: 'uploads/analysis-worker',
      silentMs,
      brokenError,
      onCrash,
    })
  }

  /**
   * @param job the buffer of its bytes is handed over
   * @param permit of the request; its signal ends the work, and the thread is then free for the next
   * @throws GlowcastError INVALID_AUDIO, INVALID_MEL, UNSUPPORTED_FORMAT, INVALID_ARGUMENT, NON_FINITE, ENGINE_FAILED; the
   *   reason of the signal
   */
  run(
    job: Omit<AnalysisJob, 'cancel'>,
    { signal, requester }: Pick<Permit, 'signal' | 'requester'>,
  ): Promise<Analysed> {
    return this.turns.run(
      async () => {
        const analysed = this.thread.run({ ...job, cancel: cancelFlag(signal) }, [job.bytes.buffer])
        return analysed.finally(() => signal.throwIfAborted())
      },
      signal,
      requester.name,
    )
  }

  stop(): Promise<void> {
    return this.thread.stop()
  }
}
