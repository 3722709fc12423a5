import { refuseArgument } from './errors.js'

/** @throws GlowcastClientError invalid_argument unless a whole number, `least` or more */
export function requireCount(field: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    refuseArgument(field, value, `a whole number from ${least} on`)
  }
}
