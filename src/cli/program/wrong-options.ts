import { type GlowcastError, invalidArgument } from '../../errors.js'

/** An option that is given without what it needs: "--negatives needs --content". */
export function needs(flag: string, other: string): GlowcastError {
  const message = `${flag} needs ${other}`
  return invalidArgument(flag, `it without ${other}`, other, { message })
}

/** Two options that cannot be had at once. @param why or what to do */
export function conflict(flag: string, other: string, why: string): GlowcastError {
  const message = `${flag} and ${other} do not go together: ${why}`
  return invalidArgument(flag, `it with ${other}`, 'one of them', { message })
}
