import { GlowcastClientError } from '../../index.js'
import { bearerToken } from './access.js'

/**
 * What went wrong, as one sentence for a visitor.
 *
 * @param isRetried whether the page tries again by itself what passes
 */
export function failureText(error: unknown, isRetried: boolean): string {
  if (error instanceof GlowcastClientError) return clientFailure(error, isRetried)
  const name = error instanceof Error ? error.name : ''
  if (name === 'NotAllowedError') {
    return 'The browser may not use the microphone. Allow it for this page in the address bar, then try again.'
  }
  if (name === 'NotFoundError') return 'No microphone was found.'
  if (name === 'NotReadableError') return 'The microphone is in use by another program.'
  if (name === 'NotSupportedError') return 'Only a secure page (https, or localhost) may use the microphone.'
  if (name === 'EncodingError')
    return 'This file could not be read as audio. WAV, FLAC, MP3, Ogg and Opus work.'
  return `Something went wrong: ${error instanceof Error ? error.message : error}`
}

function clientFailure({ code, message, retryAfterMs }: GlowcastClientError, isRetried: boolean): string {
  const again =
    retryAfterMs === undefined
      ? ''
      : ` ${isRetried ? 'Trying' : 'Try'} again in ${Math.ceil(retryAfterMs / 1000)} s.`
  if (code === 'unauthorized') {
    return bearerToken() === undefined
      ? 'This server needs an access token. Enter it in the field “Access token”.'
      : 'The server did not accept this access token. Check it, and enter it again.'
  }
  if (code === 'forbidden') {
    return `The server does not let this page in (${message}). Its operator can allow it with --allowed-origins ${location.origin}.`
  }
  if (code === 'overloaded') return `The server is full.${again}`
  if (code === 'draining') return `The server is being restarted.${again}`
  if (code === 'scoring_unavailable') return 'This server does not score: its model has no calibration.'
  if (code === 'connection_failed') return 'The server could not be reached.'
  if (code === 'connection_lost') return `The connection was lost, and the sound with it.${again}`
  return message
}
