import { refuseArgument } from './errors.js'

/** @throws GlowcastClientError invalid_argument unless a whole number, `least` or more */
export function assertCount(field: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    refuseArgument(field, value, `a whole number from ${least} on`)
  }
}

/** @throws GlowcastClientError invalid_argument unless a time in ms that is finite and not negative */
export function assertMs(field: string, value: number, least = 0): void {
  if (!Number.isFinite(value) || value < least) refuseArgument(field, value, `ms from ${least} on`)
}
