import type { EventEmitter } from 'node:events'
import type { Logger } from 'pino'

/** As the command line ends after a mistake of its own. */
const internalErrorExit = 70

type Ending = Pick<EventEmitter, 'on'> & { exit(code: number): void }

/**
 * For the stand-alone server, whose process is its own: an error that nothing caught is logged, streams may finish, and
 * the process ends. Node would end it at once, with every stream in it.
 *
 * @param drain ends the server in order; its failure does not keep the process
 */
export function drainOnUncaughtError(log: Logger, drain: () => Promise<void>, own: Ending = process): void {
  let isDraining = false
  const end = (origin: string) => (error: unknown) => {
    log.fatal({ err: error, origin }, 'internal error: the server drains and ends')
    if (isDraining) return
    isDraining = true
    drain()
      .catch((reason) => log.fatal({ err: reason }, 'could not drain'))
      .finally(() => own.exit(internalErrorExit))
  }
  own.on('uncaughtException', end('uncaughtException'))
  own.on('unhandledRejection', end('unhandledRejection'))
}

/** A log that cannot be written, as after `serve | head`, ends no streams. */
export function outliveLog(output: NodeJS.WritableStream): void {
  output.on('error', () => undefined)
}
