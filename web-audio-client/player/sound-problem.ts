import { clientError, type GlowcastClientError } from '../connection/errors.js'

/**
 * Why this page cannot make sound, whatever the visitor does; undefined where it can. To be asked at load, so that it can
 * be said before a button is pressed. Scoring and streams need none of it.
 *
 * @returns an error with the code `insecure_context` (plain http from another machine) or `unsupported`
 */
export function soundProblem(): GlowcastClientError | undefined {
  const { isSecureContext, location } = globalThis as { isSecureContext?: boolean; location?: Location }
  if (typeof AudioContext !== 'function') return unsupported('an AudioContext')
  // Browsers keep AudioWorklet from pages that came over plain http, unless from this machine.
  if (isSecureContext === false) {
    const here = location === undefined ? '' : `; this page came from ${location.origin}`
    return clientError('insecure_context', `Sound needs a page over https, or from localhost${here}`)
  }
  return typeof AudioWorkletNode === 'function' ? undefined : unsupported('AudioWorklet')
}

/** Whether memory can be shared with the audio thread: WebKitGTK can lack the one and yet say that it is isolated. */
export function canShareMemory(): boolean {
  return globalThis.crossOriginIsolated === true && typeof SharedArrayBuffer === 'function'
}

function unsupported(what: string): GlowcastClientError {
  return clientError('unsupported', `Sound needs ${what}, which is missing here`)
}
