import { GlowcastClientError } from '../../index.js'
import { bearerToken } from './access.js'
import { access } from './page.js'

/**
 * Brings the field for a token where the server refused the page for want of the right one; else takes it away.
 *
 * @returns whether it is there
 */
export function askForToken(error: unknown): boolean {
  const isRefused = error instanceof GlowcastClientError && error.code === 'unauthorized'
  access.form.hidden = !isRefused
  access.token.ariaInvalid = `${isRefused && bearerToken() !== undefined}`
  if (isRefused) access.token.focus()
  return isRefused
}
