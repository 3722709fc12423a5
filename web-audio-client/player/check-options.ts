import { assertObject, kindOf, refuseArgument } from '../connection/errors.js'
import { assertMs } from '../connection/require-count.js'
import { defaultPrebuffer, type PrebufferLimits } from './jitter.js'
import type { PlayerOptions } from './options.js'
import { canShareMemory } from './sound-problem.js'

/** A ring that holds less could be too small to start at all. */
const minRingMs = 100
const maxFadeMs = 50

export type CheckedPlayerOptions = Required<Omit<PlayerOptions, 'workletUrl' | 'prebuffer'>> & {
  readonly prebuffer: PrebufferLimits
}

/** @throws GlowcastClientError invalid_argument */
export function checkPlayerOptions(options: PlayerOptions): CheckedPlayerOptions {
  assertObject('options', options, 'an object')
  const { channels = 1, ringMs = 1000, fadeMs = 5 } = options
  const { transport = canShareMemory() ? 'shared' : 'port' } = options
  if (channels !== 1 && channels !== 2) refuseArgument('channels', channels, '1 or 2')
  assertMs('ringMs', ringMs, minRingMs)
  assertMs('fadeMs', fadeMs)
  if (fadeMs > maxFadeMs) refuseArgument('fadeMs', fadeMs, `ms up to ${maxFadeMs}`)
  if (transport !== 'shared' && transport !== 'port') refuseArgument('transport', transport, 'shared or port')
  const prebuffer = checkPrebuffer({ ...defaultPrebuffer, ...options.prebuffer })
  return { channels, ringMs, fadeMs, transport, prebuffer }
}

/** @throws GlowcastClientError invalid_argument */
export function checkPrebuffer(limits: PrebufferLimits): PrebufferLimits {
  for (const name of ['startMs', 'minMs', 'maxMs'] as const) assertMs(`prebuffer.${name}`, limits[name])
  if (limits.minMs > limits.maxMs) {
    refuseArgument('prebuffer.minMs', limits.minMs, `prebuffer.maxMs (${limits.maxMs}) at most`)
  }
  return limits
}

/** @throws GlowcastClientError invalid_argument */
export function assertSource(source: unknown): void {
  const isObject = typeof source === 'object' && source !== null
  if (isObject && (Symbol.asyncIterator in source || 'getReader' in source)) return
  refuseArgument('source', kindOf(source), 'an async iterable or a ReadableStream of chunks')
}
