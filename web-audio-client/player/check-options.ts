import { kindOf, refuseArgument, requireObject } from '../connection/errors.js'
import { requireMs } from '../connection/require-count.js'
import { defaultPrebuffer, type PrebufferLimits } from './jitter.js'
import type { PlayerOptions } from './options.js'
import { canShareMemory } from './sound-problem.js'

/** A ring that holds less could be too small to start at all. */
const leastRingMs = 100
const mostFadeMs = 50

export type CheckedPlayerOptions = Required<Omit<PlayerOptions, 'workletUrl' | 'prebuffer'>> & {
  readonly prebuffer: PrebufferLimits
}

/** @throws GlowcastClientError invalid_argument */
export function checkPlayerOptions(options: PlayerOptions): CheckedPlayerOptions {
  requireObject('options', options, 'an object')
  const { channels = 1, ringMs = 1000, fadeMs = 5 } = options
  const { transport = canShareMemory() ? 'shared' : 'port' } = options
  if (channels !== 1 && channels !== 2) refuseArgument('channels', channels, '1 or 2')
  requireMs('ringMs', ringMs, leastRingMs)
  requireMs('fadeMs', fadeMs)
  if (fadeMs > mostFadeMs) refuseArgument('fadeMs', fadeMs, `ms up to ${mostFadeMs}`)
  if (transport !== 'shared' && transport !== 'port') refuseArgument('transport', transport, 'shared or port')
  const prebuffer = checkPrebuffer({ ...defaultPrebuffer, ...options.prebuffer })
  return { channels, ringMs, fadeMs, transport, prebuffer }
}

/** @throws GlowcastClientError invalid_argument */
export function checkPrebuffer(limits: PrebufferLimits): PrebufferLimits {
  for (const name of ['startMs', 'leastMs', 'mostMs'] as const) requireMs(`prebuffer.${name}`, limits[name])
  if (limits.leastMs > limits.mostMs) {
    refuseArgument('prebuffer.leastMs', limits.leastMs, `prebuffer.mostMs (${limits.mostMs}) at most`)
  }
  return limits
}

/** @throws GlowcastClientError invalid_argument */
export function requireSource(source: unknown): void {
  const isObject = typeof source === 'object' && source !== null
  if (isObject && (Symbol.asyncIterator in source || 'getReader' in source)) return
  refuseArgument('source', kindOf(source), 'an async iterable or a ReadableStream of chunks')
}
