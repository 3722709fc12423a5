export type {
  MelConvention,
  ModelDescription,
  PcmFormat,
  StreamFigures,
} from '../src/protocol.js'
export type { ReconnectOptions } from './backoff.js'
export { type ClientOptions, type ConnectionState, GlowcastClient } from './client.js'
export type { Ready } from './connection.js'
export { GlowcastClientError } from './errors.js'
export type { PcmChunk } from './inbox.js'
export type { PrebufferLimits } from './jitter.js'
export { Player, type PlayerOptions, type PlayerStats } from './player.js'
export type { CreateSocket, Socket } from './socket.js'
export type { GlowcastStream, StreamTraffic } from './stream.js'
export type { StreamOptions } from './stream-options.js'
