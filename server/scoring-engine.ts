import { setPriority } from 'node:os'
import { createEngine, type Engine } from '../src/engine/index.js'
import { brokenScoring } from './job-errors.js'

/** Niceness of threads that shall not make live streams late: a tenth of the weight of theirs. */
const niceness = 10

/** On Linux, where 0 means the thread that calls; elsewhere it would mean the process, and nothing is done. */
export function lowerPriority(): void {
  if (process.platform === 'linux') setPriority(0, niceness)
}

/**
 * An engine of one thread whose calls are refused once `stop` is 1: a thread that is ended within a call takes the
 * process with it, so that long work must come to an end first.
 *
 * @param letOthersGo awaited before each call
 */
export async function scoringEngine(
  stop: Int32Array<SharedArrayBuffer>,
  letOthersGo: () => Promise<void> = async () => undefined,
): Promise<Engine> {
  const engine = await createEngine('onnx', { threads: 1 })
  const guarded =
    <Arguments extends unknown[], Result>(run: (...feeds: Arguments) => Promise<Result>) =>
    async (...feeds: Arguments): Promise<Result> => {
      await letOthersGo()
      if (Atomics.load(stop, 0) === 1) throw brokenScoring(new Error('the server stops'))
      return run(...feeds)
    }
  return {
    name: engine.name,
    description: engine.description,
    async compile(...args) {
      const compiled = await engine.compile(...args)
      return { ...compiled, run: guarded(compiled.run), dispose: () => compiled.dispose() }
    },
    async compileSized(...args) {
      const compiled = await engine.compileSized(...args)
      return { run: guarded(compiled.run), dispose: () => compiled.dispose() }
    },
  }
}
