import { GlowcastError } from '../../src/errors.js'

/** For `/readyz`, which everybody may ask: what is wrong, without paths. @param error undefined: nothing is wrong */
export function troubleOf(what: string, error: Error | undefined): string | undefined {
  if (error === undefined) return undefined
  return `${what}: a thread is down (${error instanceof GlowcastError ? error.code : 'INTERNAL'}; the log says more)`
}
