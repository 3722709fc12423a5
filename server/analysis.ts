import type { Frames } from '../src/audio/frames.js'
import { GlowcastError } from '../src/errors.js'
import type { AnalysisJob } from './analysis-messages.js'
import { cancelFlag } from './cancellation.js'
import { JobThread } from './job-thread.js'
import { Turns } from './turns.js'

/** Makes mel frames of request bodies in a thread of its own, which starts with the first of them. */
export class Analysis {
  private readonly thread = new JobThread<AnalysisJob, Frames>(
    'analysis-worker',
    undefined,
    (cause) => new GlowcastError('INVALID_AUDIO', 'body', 'data that breaks its decoder', 'audio', { cause }),
  )

  /** What waits for the thread waits here, where it can be forgotten. */
  private readonly turns = new Turns()

  /**
   * @param job the buffer of its bytes is handed over
   * @param signal ends the work; the thread is then free for the next
   * @throws GlowcastError INVALID_AUDIO, INVALID_MEL, UNSUPPORTED_FORMAT, INVALID_ARGUMENT, NON_FINITE; the reason of the
   *   signal
   */
  run(job: Omit<AnalysisJob, 'cancel'>, signal: AbortSignal): Promise<Frames> {
    return this.turns.run(async () => {
      const mel = this.thread.run({ ...job, cancel: cancelFlag(signal) }, [job.bytes.buffer])
      return mel.finally(() => signal.throwIfAborted())
    }, signal)
  }

  stop(): Promise<void> {
    return this.thread.stop()
  }
}
