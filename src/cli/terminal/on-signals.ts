import { removeTemporaries } from '../../io/temporaries.js'

/** A signal ends the program as it would have, and what is not finished is gone. */
export function onSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      removeTemporaries()
      process.kill(process.pid, signal)
    })
  }
}
