import type { Engine } from '../engine/index.js'
import { engineFailed } from '../errors.js'
import type { ThreadControl } from './thread-control.js'

/**
 * An engine whose owner can see when a call is under way, and whose calls are refused once the thread is to stop: a
 * thread that is ended within a call takes the process with it, so that long work must come to an end first.
 *
 * @param letOthersGo awaited before each call
 */
export function guardedEngine(
  engine: Engine,
  control: ThreadControl,
  letOthersGo: () => Promise<void> = async () => undefined,
): Engine {
  const within = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    // Entered before it is asked: whoever says stop, and sees nobody inside, may end the thread.
    control.enterEngine()
    try {
      if (control.isStopping) {
        throw engineFailed('engine', 'a thread that stops', 'one that goes on')
      }
      return await call()
    } finally {
      control.leaveEngine()
    }
  }
  const guarded =
    <Arguments extends unknown[], Result>(run: (...feeds: Arguments) => Promise<Result>) =>
    async (...feeds: Arguments): Promise<Result> => {
      await letOthersGo()
      return within(() => run(...feeds))
    }
  return {
    name: engine.name,
    description: engine.description,
    async compile(...args) {
      const compiled = await within(() => engine.compile(...args))
      return { ...compiled, run: guarded(compiled.run), dispose: () => compiled.dispose() }
    },
    async compileShapeSpecialised(...args) {
      const compiled = await within(() => engine.compileShapeSpecialised(...args))
      return { run: guarded(compiled.run), dispose: () => compiled.dispose() }
    },
  }
}
