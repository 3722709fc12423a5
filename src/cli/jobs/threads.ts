import { engineFailed, GlowcastError, invalidModel } from '../../errors.js'
import { errorOf } from '../../threads/failure.js'
import { type StartThread, WatchedThread } from '../../threads/watched-thread.js'
import { workerUrl } from '../../threads/worker-url.js'
import type { DensityJob, DensityTaskResult, DensityTaskSettings, MeasuredRecordings } from './contract.js'
import type { FromDensityWorker, ToDensityWorker } from './messages.js'

type Thread = WatchedThread<ToDensityWorker, FromDensityWorker>

/** Threads that take the next recording when they are done with one. */
export class DensityThreads {
  private readonly threads: Thread[] = []
  private readonly results: DensityTaskResult[] = []
  private readonly shares = new Map<number, number>()
  private engine = ''
  private hash: string | undefined
  private next = 0
  private done = 0

  /** @param onDone told how many are done, with parts of those that are under way */
  constructor(
    private readonly todo: readonly DensityJob[],
    private readonly onDone: (done: number) => void,
    private readonly start?: StartThread,
  ) {}

  /**
   * @param settings of each thread, by its number
   * @throws what a recording or a thread fails with; the threads have ended then
   */
  async run(threads: number, settings: (thread: number) => DensityTaskSettings): Promise<MeasuredRecordings> {
    try {
      await Promise.all(Array.from({ length: threads }, (_, thread) => this.serve(settings(thread))))
      return { results: this.results, engine: this.engine }
    } finally {
      await Promise.all(this.threads.map((thread) => thread.end()))
    }
  }

  /** One thread, until nothing is left to do. */
  private serve(settings: DensityTaskSettings): Promise<void> {
    let job: DensityJob | undefined
    return new Promise((resolve, reject) => {
      const give = () => {
        const index = this.next++
        job = this.todo[index]
        if (job === undefined) resolve()
        else thread.send({ job, index })
      }
      const thread: Thread = new WatchedThread({
        url: workerUrl('src/cli/jobs/worker'),
        data: settings,
        // Nobody but the one who waits knows how long a recording may take.
        silentMs: Number.POSITIVE_INFINITY,
        startMs: Number.POSITIVE_INFINITY,
        ...(this.start === undefined ? {} : { start: this.start }),
        onMessage: (message) => {
          if (message.type === 'progress') this.shares.set(message.index, message.share)
          else {
            this.take(message, settings)
            give()
          }
          this.onDone([...this.shares.values()].reduce((sum, share) => sum + share, this.done))
        },
        onEnd: (reason) => reject(reason instanceof GlowcastError ? reason : threadDied(reason, job)),
      })
      this.threads.push(thread)
    })
  }

  private take(
    message: Exclude<FromDensityWorker, { type: 'progress' }>,
    { detectors }: DensityTaskSettings,
  ): void {
    if (message.type === 'failed') throw errorOf(message.failure)
    if (message.type === 'ready') {
      this.engine = message.engine
      this.hash ??= message.hash
      if (message.hash === this.hash) return
      const expected = 'the one that the other threads loaded: it was replaced meanwhile'
      const folders = detectors.map(({ folder }) => folder).join(', ')
      throw invalidModel(folders, 'another model', expected)
    }
    this.results[message.index] = message.result
    this.shares.delete(message.index)
    this.done += 1
  }
}

function pathsOf(job: DensityJob): readonly string[] {
  if (typeof job === 'string') return [job]
  return 'paths' in job ? job.paths : [job.path]
}

/** @param job that it was doing */
function threadDied(reason: Error, job: DensityJob | undefined): Error {
  if (job === undefined) return reason
  const name = pathsOf(job).join(', ')
  const got = `a thread that died of it (${reason.message})`
  return engineFailed(name, got, 'a recording that is measured', { cause: reason })
}
