import { melConvention } from './client-messages.js'
import type { ProtocolErrorCode, ProtocolErrorType } from './codes.js'
import { choice, flag, list, type Messages, nullable, number, optional, record, text } from './fields.js'
import { pcmFormats } from './pcm.js'
import { blockScore, drift, frameScores, scoreDecisions, scoringGroup } from './scoring.js'

export const subprotocol = 'glowcast.v1'

const count = number(0)

export const modelDescription = {
  /** By which `open` asks for it. */
  name: text(),
  /** Of its weights. */
  hash: text(),
  /** How it wants its mel made. */
  mel: record(melConvention),
  /** Mel frames that must follow a frame before its audio is complete, unless `open` asks for other passes. */
  latencyFrames: count,
} as const

export const limits = {
  streamsPerSocket: count,
  framesPerMessage: count,
  /** Mel frames that a stream may be ahead of its audio. */
  framesAhead: count,
  /** Flushes of a stream whose audio is not yet sent. */
  flushesAhead: count,
  /** Audio that a scoring stream may be ahead of its scores. */
  scoreSecondsAhead: count,
  messageBytes: count,
  idleMs: count,
} as const

/** What a stream came to. */
export const streamFigures = {
  /** Mel frames taken since the start of the stream. */
  frames: count,
  /** Samples sent since the start of the stream: `frames * hopLength`. */
  samples: count,
  /** Of the last utterance, from the mel frames that suffice for sound (or the flush) to its first samples; absent without any. */
  ttfaMs: optional(count),
  /** The stream's share of the compute time over the time of its audio. */
  rtf: count,
} as const

export const protocolError = {
  /** See [Error codes](#error-codes). */
  code: text<ProtocolErrorCode>(),
  /** Its kind. */
  errorType: text<ProtocolErrorType>(),
  /** Field, what it got, what it expected. */
  message: text(),
  /** The field that is to blame. */
  field: optional(text()),
  /** Whether the same may succeed later. */
  retryable: flag,
  /** When. */
  retryAfterMs: optional(count),
} as const

const stream = count
const flushed = { stream, ...streamFigures } as const

/** What a server sends. Clients pass over fields that they do not know. */
export const serverMessages = {
  ready: {
    /** The subprotocol. */
    protocol: choice([subprotocol]),
    /** What can be opened. */
    models: list(record(modelDescription)),
    /** See [Limits](#limits). */
    limits: record(limits),
    /** Absent when the server scores nothing: its model has no calibration. */
    scoring: optional(record({ groups: list(record(scoringGroup)) })),
  },
  opened: {
    stream,
    /** Its name. */
    model: text(),
    /** Of the PCM. */
    format: choice(pcmFormats),
    /** Of the PCM, Hz. */
    sampleRate: count,
    /** Samples of a mel frame. */
    hopLength: count,
    /** Mel frames that must follow a frame of this stream before its audio is complete. */
    latencyFrames: count,
    /** Mel frames that may be sent before the server grants more. */
    credit: count,
  },
  credit: {
    stream,
    /** Further mel frames that may be sent. */
    frames: count,
  },
  flushed,
  done: flushed,
  cancelled: {
    stream,
    /** Samples that had been sent; of a scoring stream, that had come. */
    samples: count,
  },
  scoring: {
    stream,
    /** Its name. */
    model: text(),
    /** Of the model's weights. */
    hash: text(),
    /** What the blocks are ranked among. */
    calibration: record(scoringGroup),
    /** As asked for. */
    falseAlarmRate: count,
    /** As asked for. */
    blockSeconds: count,
    /**
     * How the blocks' length compares with that of the calibration recordings: all of just this length; within their range;
     * outside, where a p-value is no guarantee.
     */
    blockLength: choice(['same', 'within', 'outside']),
    /** As asked for. */
    driftFalseAlarmRate: count,
    /** From one frame of `scores` to the next. */
    frameSeconds: number(1e-6),
    /** Audio that must follow a sample before the score of its frame is made, at the most. */
    delaySeconds: count,
    /** Samples of the recording that may be sent before the server grants more. */
    credit: count,
  },
  audioCredit: {
    stream,
    /** Further samples of the recording that may be sent. */
    samples: count,
  },
  scores: { stream, ...frameScores },
  block: { stream, ...blockScore },
  drift: { stream, ...drift },
  scored: {
    stream,
    /** Samples of the recording that came. */
    samples: count,
    /** Length of the recording that came. */
    seconds: count,
    /** Mel frames that were scored. */
    frames: count,
    /** Number of blocks by decision. */
    blocks: record({ accept: count, retry: count, reject: count }),
    /** Of all blocks at once; null without a block that could be scored. */
    pValue: nullable(number()),
    /** By the rule for recordings in blocks. */
    decision: choice(scoreDecisions),
    /** Mean over the blocks that were scored. */
    bitsPerSample: nullable(number()),
    /** Mean over the blocks that were scored. */
    natsPerSample: nullable(number()),
    /** As in `drift`, at the end. */
    drift: record(drift),
    /** Compute time over audio time. */
    rtf: count,
  },
  error: {
    /** Absent when the whole connection is meant. */
    stream: optional(stream),
    /** Samples sent before the error; of a scoring stream, samples that came. */
    samples: optional(count),
    ...protocolError,
  },
  draining: {
    /** Time that streams have to finish. */
    closesInMs: count,
  },
} as const satisfies Messages
