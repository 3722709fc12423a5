import { availableParallelism } from 'node:os'
import type { EngineOptions } from '../options.js'
import type { DensityJob, DensityTaskResult, DensityTaskSettings, MeasuredRecordings } from './contract.js'
import type { LoadedDetector } from './detectors.js'
import { openDensityTask } from './task.js'
import { DensityThreads } from './threads.js'

/** Fewer recordings a thread do not pay for its start. */
const minPerThread = 4

/** How many recordings at once: as many as the cores hold with the threads of each engine. */
export function defaultJobs({ threads = 1, device = 'cpu' }: EngineOptions, recordings: number): number {
  // A GPU is one, however many threads ask it.
  if (device !== 'cpu') return 1
  const cores = Math.floor(availableParallelism() / threads)
  return Math.max(1, Math.min(cores, Math.floor(recordings / minPerThread)))
}

/**
 * Does a task with each recording: one after the other here, or in `jobs` threads, each of which takes the next
 * recording when it is done with one. Results do not depend on the number of threads.
 *
 * @param onDone told how many are done, with parts of those that are under way
 * @param loaded the detectors, where their models were read before; each thread has its own
 * @throws GlowcastError as `openDensityTask`
 */
export async function measureRecordings(
  todo: readonly DensityJob[],
  settings: DensityTaskSettings,
  jobs: number,
  onDone: (done: number) => void,
  loaded?: readonly LoadedDetector[],
): Promise<MeasuredRecordings> {
  if (jobs > 1) return inThreads(todo, settings, Math.min(jobs, todo.length), onDone)
  const task = await openDensityTask(settings, { loaded })
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
  const pool = new DensityThreads(todo, onDone)
  // Engines with all cores each would stand in each other's way.
  const threads = settings.engine.threads ?? 1
  return pool.run(jobs, (thread) => ({
    ...settings,
    engine: { ...settings.engine, threads, isQuiet: thread > 0 },
  }))
}
