import { engineFailed, type GlowcastError } from '../../errors.js'

/** Of a service that gives something else than it should. Its address is not told: clients of a server see the message. */
export function failed(got: string, expected = 'mel frames', cause?: unknown): GlowcastError {
  return engineFailed('acoustic model', got, expected, cause === undefined ? {} : { cause })
}
