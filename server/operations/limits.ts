import { invalidArgument } from '../../src/errors.js'
import type { Limits } from '../../src/protocol/messages.js'

/** What the server allows. Those of the protocol's `Limits` are told to every client in `ready`. */
export interface ServerLimits extends Limits {
  /** Streams at a time; absent: as many as the machine was measured to carry. */
  readonly streams?: number
  /**
   * Permits that the streams of one client may take; absent: three quarters of all, or all for the holder of a token. A
   * client is whoever has a token, else whoever has an address.
   */
  readonly streamsPerClient?: number
  readonly sockets: number
  /**
   * What is read of a socket in a second, on the long run: messages, requests for streams, bytes; twice as much at once. All
   * sockets of a client together: four times that.
   */
  readonly messagesPerSecond: number
  readonly opensPerSecond: number
  readonly bytesPerSecond: number
  /** Requests over HTTP that an address may make in a second, on the long run, upgrades included; twice as many at once. */
  readonly requestsPerSecond: number
  /** Bytes of audio that a socket may have waiting, its streams taken together, before they pause. */
  readonly queuedBytes: number
  /** Bytes waiting in all: a socket with more is terminated at once. */
  readonly stalledBytes: number
  /** A socket that takes nothing for so long while something waits is terminated. */
  readonly stalledMs: number
  /** A ping is sent this often; a socket that does not answer before the next is terminated. */
  readonly heartbeatMs: number
  /** Messages that break the protocol before a connection is closed. */
  readonly brokenMessages: number
  /** Once the server is told to stop, streams may go on for so long. */
  readonly drainMs: number
  /** `POST /v1/vocode` and `POST /v1/score`: size of a body, length of its audio, and how many at a time. */
  readonly bodyBytes: number
  readonly vocodeSeconds: number
  readonly vocodeRequests: number
  readonly scoreSeconds: number
  readonly scoreRequests: number
  /**
   * `POST /v1/audio/speech`: length of a text in characters, seconds of its speech, how long the acoustic model may give
   * nothing, and how many at a time.
   */
  readonly speechCharacters: number
  readonly speechSeconds: number
  readonly speechStallMs: number
  readonly speechRequests: number
  /** An upload that brings less than 64 KiB within this time is refused, as is one that takes longer in all. */
  readonly uploadStallMs: number
  readonly uploadMs: number
  /** An answer of which nothing is read for so long is broken off, as is one whose client reads too slowly in all. */
  readonly answerStallMs: number
  readonly answerMs: number
  readonly tokenSeconds: number
}

export const defaultLimits: ServerLimits = {
  streamsPerSocket: 16,
  framesPerMessage: 2048,
  framesAhead: 4096,
  flushesAhead: 64,
  scoreSecondsAhead: 4,
  messageBytes: 1 << 20,
  idleMs: 60_000,
  sockets: 1000,
  messagesPerSecond: 2000,
  opensPerSecond: 50,
  bytesPerSecond: 16 << 20,
  requestsPerSecond: 200,
  queuedBytes: 192 * 1024,
  stalledBytes: 512 * 1024,
  stalledMs: 10_000,
  heartbeatMs: 15_000,
  brokenMessages: 100,
  drainMs: 20_000,
  bodyBytes: 32 << 20,
  vocodeSeconds: 300,
  vocodeRequests: 8,
  scoreSeconds: 600,
  scoreRequests: 8,
  speechCharacters: 4096,
  speechSeconds: 1200,
  speechStallMs: 30_000,
  speechRequests: 8,
  uploadStallMs: 10_000,
  uploadMs: 180_000,
  // The kernel takes a minute of a player's audio in before it asks for more.
  answerStallMs: 60_000,
  answerMs: 600_000,
  tokenSeconds: 300,
}

/** Timers that are longer than this, in ms, go off at once. */
const most = 2 ** 31 - 1

/** @throws GlowcastError INVALID_ARGUMENT naming the limit */
export function checkedLimits(given: Partial<ServerLimits>): ServerLimits {
  const limits = { ...defaultLimits, ...given }
  for (const [name, value] of Object.entries(limits)) {
    // Below two latencies of frames a stream could wait for itself.
    const least = name === 'framesAhead' ? 64 : 1
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw invalidArgument(`limits.${name}`, `${value}`, `a whole number from ${least} to ${most}`)
    }
  }
  return limits
}

/** @throws GlowcastError INVALID_ARGUMENT */
export function checkedProxies(count = 0): number {
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw invalidArgument('trustedProxies', `${count}`, 'a whole number from 0 on')
}

/** The part that clients are told. */
export function protocolLimits(limits: ServerLimits): Limits {
  const { streamsPerSocket, framesPerMessage, framesAhead, flushesAhead } = limits
  const { scoreSecondsAhead, messageBytes, idleMs } = limits
  return {
    streamsPerSocket,
    framesPerMessage,
    framesAhead,
    flushesAhead,
    scoreSecondsAhead,
    messageBytes,
    idleMs,
  }
}
