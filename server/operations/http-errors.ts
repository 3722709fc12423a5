import type { ErrorRequestHandler } from 'express'
import type { Logger } from 'pino'
import { errorCodes, type ProtocolErrorCode } from '../../src/protocol/messages.js'
import { ClientGone } from '../http/request-permits.js'
import { answerAndClose, hasLongRest } from '../uploads/unread-body.js'
import { ApiError, apiErrorOf, internal } from './api-error.js'
import type { Metrics } from './metrics.js'

const statuses: Partial<Record<ProtocolErrorCode, number>> = {
  payload_too_large: 413,
  unsupported_media_type: 415,
  synthesis_failed: 503,
  scoring_failed: 503,
}

const statusesOfTypes = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  not_implemented_error: 501,
  timeout_error: 408,
  overloaded_error: 503,
  rate_limit_error: 429,
  server_error: 500,
} as const

export function statusOf({ code }: ApiError): number {
  return statuses[code] ?? statusesOfTypes[errorCodes[code].errorType]
}

/** The shape that clients of OpenAI's API know. */
export function errorBody(apiError: ApiError) {
  const { message, errorType, code, field } = apiError.toProtocol()
  return { error: { message, type: errorType, param: field ?? null, code } }
}

/** Answers what a handler threw; an answer that has begun can only be broken off. */
export function errorHandler(log: Logger, metrics: Metrics): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (error instanceof ClientGone) {
      response.destroy()
      return
    }
    const apiError = apiErrorOf(error) ?? requestError(error)
    if (apiError === undefined) log.error({ err: error }, 'internal error')
    // A client that has heard the start is only cut off, and cannot tell of it.
    if (apiError?.code === 'synthesis_failed') log.error({ err: error }, 'a synthesis failed')
    const reported = apiError ?? internal()
    metrics.refused(reported.code)
    if (response.headersSent) {
      response.destroy()
      return
    }
    const { retryAfterMs } = reported.details
    if (retryAfterMs !== undefined) response.set('Retry-After', `${Math.ceil(retryAfterMs / 1000)}`)
    const status = statusOf(reported)
    // OpenAI's clients try again what fails with such a status, unless told.
    if (status >= 500 && !errorCodes[reported.code].retryable) response.set('X-Should-Retry', 'false')
    if (status === 401) response.set('WWW-Authenticate', 'Bearer')
    response.status(status).type('json')
    const body = JSON.stringify(errorBody(reported))
    if (hasLongRest(request)) answerAndClose(request, response, body)
    else response.send(body)
  }
}

/** What express complains of in a request: a path that it cannot decode, a header that it cannot read. */
function requestError(error: unknown): ApiError | undefined {
  const { status, message } = error as { status?: number; message?: string }
  if (status === undefined || status < 400 || status > 499) return undefined
  return new ApiError('invalid_message', `request: ${message}`, { field: 'request' })
}
