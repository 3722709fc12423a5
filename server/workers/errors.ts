import { GlowcastError } from '../../src/errors.js'

export function tooLong(seconds: number, most: number): GlowcastError {
  return new GlowcastError('INVALID_ARGUMENT', 'body', `${seconds.toFixed(1)} s`, `at most ${most} s`)
}

/** Of a decoder that fails with an error of its own. */
export function brokenBody(cause: Error): GlowcastError {
  const got = `data that breaks its decoder (${cause.message})`
  return new GlowcastError('INVALID_AUDIO', 'body', got, 'audio')
}

/** What is told when the scoring itself fails. */
export function brokenScoring(cause: Error): GlowcastError {
  return new GlowcastError('ENGINE_FAILED', 'scoring', cause.message, 'a scoring thread that goes on', {
    cause,
  })
}
