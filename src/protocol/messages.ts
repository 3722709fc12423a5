/**
 * The words of the WebSocket protocol `glowcast.v1`, for server and clients alike (browser included: nothing else is
 * imported). docs/reference/protocol.md says what they mean and when they are sent.
 */
import type { BlockScore, Drift, FrameScores, ScoreDecision, ScoringGroup } from './scoring.js'

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
export { bytesToFloats, floatsToBytes, s16ToBytes, s16ToSamples, samplesToS16 } from './pcm.js'
export {
  type BlockScore,
  type Drift,
  type FrameScores,
  type ScoreDecision,
  type ScoringGroup,
  scoreDecisions,
} from './scoring.js'

export const subprotocol = 'glowcast.v1'

/** How the mel of a stream was made. All of it is told, so that a mismatch is an error and never noise. */
export interface MelConvention {
  readonly sampleRate: number
  readonly fftSize: number
  readonly winLength: number
  readonly hopLength: number
  readonly melBands: number
  readonly fMin: number
  readonly fMax: number
  readonly melScale: 'slaney' | 'htk'
  readonly melNorm: 'slaney' | 'none'
  readonly logBase: 'e' | '10'
  readonly logFloor: number
  readonly power: 1 | 2
}

export const pcmFormats = ['s16le', 'f32le'] as const
export type PcmFormat = (typeof pcmFormats)[number]

export type ClientMessage =
  | {
      readonly type: 'open'
      readonly stream: number
      readonly model?: string
      readonly mel: MelConvention
      readonly format?: PcmFormat
      readonly seed?: number
      readonly temperature?: number
      readonly pitchSemitones?: number
      /** Passes that move the sound toward its mel; absent: all that the model has. Fewer shorten the latency. */
      readonly melProjections?: number
      /** `off`: mels of any statistics are taken, if they are finite and within -30 to 6. */
      readonly melScaleCheck?: 'on' | 'off'
      /** Samples that the server may send before `credit` grants more; absent: as many as the socket takes. */
      readonly credit?: number
    }
  | {
      readonly type: 'score'
      readonly stream: number
      /** Of the recording that is sent, Hz; 4,000 to 384,000. */
      readonly sampleRate: number
      readonly format?: PcmFormat
      /** Of the calibration; absent: the only one, or `default`. */
      readonly group?: string
      /** Share of normal blocks that are not accepted. */
      readonly falseAlarmRate?: number
      /** Length of the blocks that get a p-value. */
      readonly blockSeconds?: number
      /** Chance that a stream of normal blocks, however long, is ever said to drift. */
      readonly driftFalseAlarmRate?: number
    }
  | { readonly type: 'credit'; readonly stream: number; readonly samples: number }
  | { readonly type: 'flush' | 'end' | 'cancel'; readonly stream: number }

/** What a stream came to. */
export interface StreamFigures {
  /** Mel frames taken and samples sent: samples = frames · hopLength. */
  readonly frames: number
  readonly samples: number
  /** Of the last utterance, from the mel frames that suffice for sound to its first samples; absent without any. */
  readonly ttfaMs?: number
  /** The stream's share of the compute time over the time of its audio. */
  readonly rtf: number
}

/** What each error code means for the caller. Codes are never renamed or reused. */
export const errorCodes = {
  invalid_message: { errorType: 'invalid_request_error', retryable: false },
  invalid_argument: { errorType: 'invalid_request_error', retryable: false },
  unknown_model: { errorType: 'invalid_request_error', retryable: false },
  unknown_group: { errorType: 'invalid_request_error', retryable: false },
  mel_mismatch: { errorType: 'invalid_request_error', retryable: false },
  invalid_mel: { errorType: 'invalid_request_error', retryable: false },
  invalid_audio: { errorType: 'invalid_request_error', retryable: false },
  unsupported_media_type: { errorType: 'invalid_request_error', retryable: false },
  payload_too_large: { errorType: 'invalid_request_error', retryable: false },
  stream_exists: { errorType: 'invalid_request_error', retryable: false },
  unknown_stream: { errorType: 'invalid_request_error', retryable: false },
  out_of_sequence: { errorType: 'invalid_request_error', retryable: false },
  credit_exceeded: { errorType: 'invalid_request_error', retryable: false },
  limit_exceeded: { errorType: 'invalid_request_error', retryable: false },
  not_found: { errorType: 'not_found_error', retryable: false },
  scoring_unavailable: { errorType: 'not_found_error', retryable: false },
  unauthorized: { errorType: 'authentication_error', retryable: false },
  forbidden: { errorType: 'permission_error', retryable: false },
  idle: { errorType: 'timeout_error', retryable: true },
  overloaded: { errorType: 'overloaded_error', retryable: true },
  draining: { errorType: 'overloaded_error', retryable: true },
  rate_limited: { errorType: 'rate_limit_error', retryable: true },
  client_limit: { errorType: 'rate_limit_error', retryable: true },
  synthesis_failed: { errorType: 'server_error', retryable: true },
  scoring_failed: { errorType: 'server_error', retryable: true },
  internal: { errorType: 'server_error', retryable: false },
} as const

export type ProtocolErrorCode = keyof typeof errorCodes
export type ProtocolErrorType = (typeof errorCodes)[ProtocolErrorCode]['errorType']

/** Why the server closes a connection. */
export const closeCodes = {
  /** The connection was idle. */
  idle: 1000,
  /** The server is stopping. */
  goingAway: 1001,
  /** Too many messages that break the protocol. */
  policy: 1008,
  /** A message larger than `messageBytes`. */
  tooBig: 1009,
  /** A mistake of the server. */
  internal: 1011,
  /** No room now: for browsers, which are not shown the answer to an upgrade that is refused. */
  tryAgainLater: 1013,
  /** Token absent, unknown or expired: for browsers, as above. */
  unauthorized: 4401,
  /** Origin or Host: for browsers, as above. */
  forbidden: 4403,
} as const

export interface ProtocolError {
  readonly code: ProtocolErrorCode
  readonly errorType: ProtocolErrorType
  readonly message: string
  readonly field?: string
  readonly retryable: boolean
  readonly retryAfterMs?: number
}

export interface ModelDescription {
  readonly name: string
  readonly hash: string
  readonly mel: MelConvention
  /** Mel frames that must follow a frame before its audio is complete, with all passes toward the mel. */
  readonly latencyFrames: number
}

export interface Limits {
  readonly streamsPerSocket: number
  readonly framesPerMessage: number
  /** Mel frames that a stream may be ahead of its audio. */
  readonly framesAhead: number
  /** Flushes of a stream whose audio is not yet sent. */
  readonly flushesAhead: number
  /** Audio that a scoring stream may be ahead of its scores. */
  readonly scoreSecondsAhead: number
  readonly messageBytes: number
  readonly idleMs: number
}

export type ServerMessage =
  | {
      readonly type: 'ready'
      readonly protocol: typeof subprotocol
      readonly models: readonly ModelDescription[]
      readonly limits: Limits
      /** Absent when the server scores nothing: its model has no calibration. */
      readonly scoring?: { readonly groups: readonly ScoringGroup[] }
    }
  | {
      readonly type: 'opened'
      readonly stream: number
      readonly model: string
      readonly format: PcmFormat
      readonly sampleRate: number
      readonly hopLength: number
      readonly latencyFrames: number
      /** Mel frames that may be sent before the server grants more. */
      readonly credit: number
    }
  | { readonly type: 'credit'; readonly stream: number; readonly frames: number }
  | ({ readonly type: 'flushed' | 'done'; readonly stream: number } & StreamFigures)
  | { readonly type: 'cancelled'; readonly stream: number; readonly samples: number }
  | {
      readonly type: 'scoring'
      readonly stream: number
      readonly model: string
      /** Of the model's weights. */
      readonly hash: string
      readonly calibration: ScoringGroup
      readonly falseAlarmRate: number
      readonly blockSeconds: number
      /**
       * How the blocks' length compares with that of the calibration recordings: all of just this length; within
       * their range; outside, where a p-value is no guarantee.
       */
      readonly blockLength: 'same' | 'within' | 'outside'
      readonly driftFalseAlarmRate: number
      /** From one frame of `scores` to the next. */
      readonly frameSeconds: number
      /** Audio that must follow a sample before the score of its frame is made, at the most. */
      readonly delaySeconds: number
      /** Samples of the recording that may be sent before the server grants more. */
      readonly credit: number
    }
  | { readonly type: 'audioCredit'; readonly stream: number; readonly samples: number }
  | ({ readonly type: 'scores'; readonly stream: number } & FrameScores)
  | ({ readonly type: 'block'; readonly stream: number } & BlockScore)
  | ({ readonly type: 'drift'; readonly stream: number } & Drift)
  | {
      readonly type: 'scored'
      readonly stream: number
      /** Samples of the recording that came, and mel frames that were scored. */
      readonly samples: number
      readonly seconds: number
      readonly frames: number
      /** Blocks by decision. */
      readonly blocks: Readonly<Record<ScoreDecision, number>>
      /** Of all blocks at once, see docs/explanation/p-values.md; null without a block that could be scored. */
      readonly pValue: number | null
      readonly decision: ScoreDecision
      readonly bitsPerSample: number | null
      readonly natsPerSample: number | null
      readonly drift: Drift
      /** Compute time over audio time. */
      readonly rtf: number
    }
  | ({
      readonly type: 'error'
      /** Absent when the whole connection is meant. */
      readonly stream?: number
      /** Samples sent before the error. */
      readonly samples?: number
    } & ProtocolError)
  | { readonly type: 'draining'; readonly closesInMs: number }
