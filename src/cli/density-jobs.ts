import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
// Turns telemetry off for the threads before they start.
import '../engine/onnx-runtime.js'
import { errorOf, type FromDensityWorker, type ToDensityWorker } from './density-messages.js'
import {
  type DensityJob,
  type DensityTaskResult,
  type DensityTaskSettings,
  openDensityTask,
} from './density-task.js'
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
  /** In the order of the jobs. */
  readonly results: readonly DensityTaskResult[]
  /** Description of the engine. */
  readonly engine: string
}

/**
 * Does a task with each recording: one after the other here, or in `jobs` threads, each of which takes the next
 * recording when it is done with one. Results do not depend on the number of threads.
 *
 * @param onDone told how many are done, with parts of those that are under way
 * @throws GlowcastError as `openDensityTask`
 */
export async function measureRecordings(
  todo: readonly DensityJob[],
  settings: DensityTaskSettings,
  jobs: number,
  onDone: (done: number) => void,
): Promise<MeasuredRecordings> {
  if (jobs > 1) return inThreads(todo, settings, Math.min(jobs, todo.length), onDone)
  const task = await openDensityTask(settings)
  try {
    const results: DensityTaskResult[] = []
    for (const [index, job] of todo.entries()) {
      results.push(await task.run(job, index, (share) => onDone(results.length + share)))
      onDone(results.length)
    }
    return { results, engine: task.engine }
  } finally {
    await task.dispose()
  }
}

async function inThreads(
  todo: readonly DensityJob[],
  settings: DensityTaskSettings,
  jobs: number,
  onDone: (done: number) => void,
): Promise<MeasuredRecordings> {
  // Engines with all cores each would stand in each other's way.
  const engine = { ...settings.engine, threads: settings.engine.threads ?? 1 }
  const url = new URL('./density-worker.js', import.meta.url)
  const workers = Array.from({ length: jobs }, () => new Worker(url, { workerData: { ...settings, engine } }))
  const results = new Array<DensityTaskResult>(todo.length)
  let [next, done, description] = [0, 0, '']
  const shares = new Map<number, number>()
  const told = () => onDone([...shares.values()].reduce((sum, share) => sum + share, done))
  const serve = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const give = () => {
        const index = next++
        if (index >= todo.length) return resolve()
        worker.postMessage({ job: todo[index]!, index } satisfies ToDensityWorker)
      }
      worker.on('message', (message: FromDensityWorker) => {
        if (message.type === 'failed') return reject(errorOf(message.failure))
        if (message.type === 'progress') {
          shares.set(message.index, message.share)
          return told()
        }
        if (message.type === 'ready') description = message.engine
        else {
          results[message.index] = message.result
          shares.delete(message.index)
          done += 1
          told()
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
