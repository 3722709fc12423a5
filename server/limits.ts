import type { Limits } from '../src/protocol.js'

/** What a connection may do; all are told in `ready`. */
export const defaultLimits: Limits = {
  streamsPerSocket: 16,
  framesPerMessage: 2048,
  framesAhead: 8192,
  messageBytes: 1 << 20,
  idleMs: 60_000,
}

/** Bytes that may wait in a socket before its streams pause, and before it counts as stalled. */
export const pausedBytes = 128 * 1024
export const stalledBytes = 512 * 1024
/** A socket that stays stalled this long is terminated. */
export const stalledMs = 10_000
/** A ping is sent this often; a socket that does not answer before the next is terminated. */
export const heartbeatMs = 15_000
/** After SIGTERM streams may go on for so long. */
export const drainMs = 20_000
