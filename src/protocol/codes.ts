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
  speech_unavailable: { errorType: 'not_implemented_error', retryable: false },
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
