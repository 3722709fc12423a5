import { engineFailed, type GlowcastError, invalidArgument, invalidAudio } from '../../src/errors.js'

export function tooLong(seconds: number, most: number): GlowcastError {
  return invalidArgument('body', `${seconds.toFixed(1)} s`, `at most ${most} s`)
}

/** Of a decoder that fails with an error of its own. */
export function brokenBody(cause: Error): GlowcastError {
  const got = `data that breaks its decoder (${cause.message})`
  return invalidAudio('body', got, 'audio')
}

/** What is told when the scoring itself fails. */
export function brokenScoring(cause: Error): GlowcastError {
  return engineFailed('scoring', cause.message, 'a scoring thread that goes on', {
    cause,
  })
}
