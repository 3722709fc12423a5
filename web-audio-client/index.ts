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
} from '../src/protocol/messages.js'
export type { ReconnectOptions } from './backoff.js'
export { type ClientEvents, type ClientOptions, GlowcastClient } from './client.js'
export type { ConnectionState } from './connection/connection-state.js'
export type { DialOptions } from './connection/dialer.js'
export type { Ready } from './connection.js'
export { type ClientErrorCode, type ErrorDetails, GlowcastClientError } from './errors.js'
export { TypedEvents } from './events.js'
export type { PcmChunk } from './inbox.js'
export type { PrebufferLimits } from './jitter.js'
export { melPresets } from './mel-presets.js'
export type { PlayerOptions, PlayerStats, PlayOptions } from './player/options.js'
export type { PlayerState } from './player/player-state.js'
export { soundProblem } from './player/sound-problem.js'
export type { PlayerEvents, PlayStart } from './player/watch.js'
export { Player } from './player.js'
export type { ScoreEvent } from './score-inbox.js'
export type { Scoring } from './scoring-link.js'
export type { ScoringOptions } from './scoring-options.js'
export type { ScoreResult, ScoringStream } from './scoring-stream.js'
export type { CreateSocket, Socket } from './socket.js'
export type { GlowcastStream, StreamTraffic } from './stream.js'
export type { StreamOptions } from './stream-options.js'
export { toWav } from './streams/to-wav.js'
