import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { errorOf, type FromDensityWorker, type ToDensityWorker } from './density-messages.js'
import { type DensityTaskResult, type DensityTaskSettings, openDensityTask } from './density-task.js'
import type { EngineOptions } from './options.js'

/** Fewer recordings a thread do not pay for its start. */
const fewestEach = 4

/** How many recordings at once: as many as the cores hold with the threads of each engine. */
export function defaultJobs({ threads = 1, device = 'cpu' }: EngineOptions, recordings: number): number {
  // A GPU is one, however many threads ask it.
  if (device !== 'cpu') return 1
  const cores = Math.floor(availableParallelism() / threads)
  return Math.max(1, Math.min(cores, Math.floor(recordings / fewestEach)))
}

export interface MeasuredRecordings {
  /** In the order of the paths. */
  readonly results: readonly DensityTaskResult[]
  /** Description of the engine. */
  readonly engine: string
}

/**
 * Does a task with each recording: one after the other here, or in `jobs` threads, each of which takes the next
 * recording when it is done with one. Results do not depend on the number of threads.
 *
 * @param onProgress told how many are done, of those in work their share
 * @throws GlowcastError as `openDensityTask`
 */
export async function measureRecordings(
  paths: readonly string[],
  settings: DensityTaskSettings,
  jobs: number,
  onProgress: (done: number) => void,
): Promise<MeasuredRecordings> {
  if (jobs > 1) return inThreads(paths, settings, Math.min(jobs, paths.length), onProgress)
  const task = await openDensityTask(settings)
  try {
    const results: DensityTaskResult[] = []
    for (const [index, path] of paths.entries()) {
      results.push(await task.run(path, index, (share) => onProgress(index + share)))
      onProgress(results.length)
    }
    return { results, engine: task.engine }
  } finally {
    await task.dispose()
  }
}

async function inThreads(
  paths: readonly string[],
  settings: DensityTaskSettings,
  jobs: number,
  onProgress: (done: number) => void,
): Promise<MeasuredRecordings> {
  // Engines with all cores each would stand in each other's way.
  const engine = { ...settings.engine, threads: settings.engine.threads ?? 1 }
  const url = new URL('./density-worker.js', import.meta.url)
  const workers = Array.from({ length: jobs }, () => new Worker(url, { workerData: { ...settings, engine } }))
  const results = new Array<DensityTaskResult>(paths.length)
  const inWork = new Map<number, number>()
  let [next, done, description] = [0, 0, '']
  const tell = () => onProgress([...inWork.values()].reduce((sum, share) => sum + share, done))
  const serve = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const give = () => {
        const index = next++
        if (index >= paths.length) return resolve()
        worker.postMessage({ path: paths[index]!, index } satisfies ToDensityWorker)
      }
      worker.on('message', (message: FromDensityWorker) => {
        if (message.type === 'failed') return reject(errorOf(message.failure))
        if (message.type === 'progress') {
          inWork.set(message.index, message.share)
          return tell()
        }
        if (message.type === 'ready') description = message.engine
        else {
          results[message.index] = message.result
          inWork.delete(message.index)
          done++
          tell()
        }
        give()
      })
      worker.on('error', reject)
      worker.on('exit', (code) => reject(new Error(`a thread ended with code ${code}`)))
    })
  try {
    await Promise.all(workers.map(serve))
    return { results, engine: description }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
