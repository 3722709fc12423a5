import type { Frames } from '../src/audio/frames.js'
import { GlowcastError } from '../src/errors.js'
import type { AnalysisJob } from './analysis-messages.js'
import { JobThread } from './job-thread.js'

/** Makes mel frames of request bodies in a thread of its own, which starts with the first of them. */
export class Analysis {
  private readonly thread = new JobThread<AnalysisJob, Frames>(
    'analysis-worker',
    undefined,
    (cause) => new GlowcastError('INVALID_AUDIO', 'body', 'data that breaks its decoder', 'audio', { cause }),
  )

  /** @throws GlowcastError INVALID_AUDIO, INVALID_MEL, UNSUPPORTED_FORMAT, INVALID_ARGUMENT, NON_FINITE */
  run(job: AnalysisJob): Promise<Frames> {
    return this.thread.run(job)
  }

  stop(): Promise<void> {
    return this.thread.stop()
  }
}
