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
export { type ClientEvents, type ClientOptions, GlowcastClient } from './client.js'
export type { ReconnectOptions } from './connection/backoff.js'
export type { Ready } from './connection/connection.js'
export type { ConnectionState } from './connection/connection-state.js'
export type { DialOptions } from './connection/dialer.js'
export { type ClientErrorCode, type ErrorDetails, GlowcastClientError } from './connection/errors.js'
export type { CreateSocket, Socket } from './connection/socket.js'
export { TypedEvents } from './events.js'
export { melPresets } from './mel-presets.js'
export { Microphone, type MicrophoneOptions } from './microphone/microphone.js'
export type { PrebufferLimits } from './player/jitter.js'
export type { PlayerOptions, PlayerStats, PlayOptions } from './player/options.js'
export { Player } from './player/player.js'
export { soundProblem } from './player/sound-problem.js'
export type { PlayerState } from './player/state.js'
export type { PlayerEvents, PlayStart } from './player/watch.js'
export type { Scoring } from './streams/scoring/link.js'
export type { ScoringOptions } from './streams/scoring/options.js'
export type { ScoreEvent } from './streams/scoring/receive-queue.js'
export type { ScoreResult, ScoringStream } from './streams/scoring/stream.js'
export type { StreamOptions } from './streams/synthesis/options.js'
export type { PcmChunk } from './streams/synthesis/receive-queue.js'
export type { GlowcastStream, StreamTraffic } from './streams/synthesis/stream.js'
export { toWav } from './streams/to-wav.js'
