/**
 * The words of the WebSocket protocol `glowcast.v1`, for server and clients alike (browser included: nothing else is
 * imported). docs/reference/protocol.md says when they are sent.
 */
import type { clientMessages, melConvention } from './client-messages.js'
import type { MessageOf, RecordOf } from './fields.js'
import type {
  limits,
  modelDescription,
  protocolError,
  serverMessages,
  streamFigures,
} from './server-messages.js'

export {
  closeCodes,
  errorCodes,
  type ProtocolErrorCode,
  type ProtocolErrorType,
} from './codes.js'
export {
  decodeMedia,
  encodeMedia,
  headerBytes,
  lastOfUtterance,
  type MediaFrame,
  type MediaHeader,
  type MediaType,
  mediaTypes,
} from './media.js'
export {
  bytesToFloats,
  floatsToBytes,
  type PcmFormat,
  pcmFormats,
  pcmToSamples,
  s16ToBytes,
  s16ToSamples,
  sampleBytes,
  samplesToPcm,
  samplesToS16,
} from './pcm.js'
export {
  type BlockScore,
  type Drift,
  type FrameScores,
  type ScoreDecision,
  type ScoringGroup,
  scoreDecisions,
} from './scoring.js'
export { subprotocol } from './server-messages.js'

/** How the mel of a stream was made. All of it is told, so that a mismatch is an error and never noise. */
export type MelConvention = RecordOf<typeof melConvention>
/** What a stream came to. */
export type StreamFigures = RecordOf<typeof streamFigures>
export type ProtocolError = RecordOf<typeof protocolError>
export type ModelDescription = RecordOf<typeof modelDescription>
export type Limits = RecordOf<typeof limits>
export type ClientMessage = MessageOf<typeof clientMessages>
export type ServerMessage = MessageOf<typeof serverMessages>
