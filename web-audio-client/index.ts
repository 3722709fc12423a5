export type {
  BlockScore,
  Drift,
  FrameScores,
  MelConvention,
  ModelDescription,
  PcmFormat,
  ScoreDecision,
  ScoringGroup,
  StreamFigures,
} from '../src/protocol.js'
export type { ReconnectOptions } from './backoff.js'
export { type ClientOptions, type ConnectionState, GlowcastClient } from './client.js'
export type { Ready } from './connection.js'
export { GlowcastClientError } from './errors.js'
export type { PcmChunk } from './inbox.js'
export type { PrebufferLimits } from './jitter.js'
export { Player, type PlayerOptions, type PlayerStats } from './player.js'
export type { ScoreEvent } from './score-inbox.js'
export type { Scoring } from './scoring-link.js'
export type { ScoringOptions } from './scoring-options.js'
export type { ScoreResult, ScoringStream } from './scoring-stream.js'
export type { CreateSocket, Socket } from './socket.js'
export type { GlowcastStream, StreamTraffic } from './stream.js'
export type { StreamOptions } from './stream-options.js'
