import { GlowcastError } from '../errors.js'
import { oneLine } from './terminal-text.js'

/** Exit codes: 1 for what the caller can mend, 70 (EX_SOFTWARE) for what only we can. */
const badInput = 1
const internal = 70

/** One line for errors that a person can act on; a stack only for our own mistakes. */
export function reportFailure(error: unknown): void {
  if (error instanceof GlowcastError) {
    console.error(`glowcast: ${oneLine(error.message)} [${error.code}]`)
    process.exitCode = badInput
    return
  }
  const { code, path, message } = error as NodeJS.ErrnoException
  if (code !== undefined && path !== undefined) {
    console.error(`glowcast: ${oneLine(`${path}: ${message}`)} [IO]`)
    process.exitCode = badInput
    return
  }
  console.error('glowcast: internal error, please report it:', error)
  process.exitCode = internal
}
