import { GlowcastClientError } from '../../index.js'

const storageKey = 'glowcast-token'

/**
 * The operator's token: from the page's address (`#token=…`, which no server sees), or from the field. It is taken out of
 * the address, so that a link that is shared does not carry it, and kept for this tab.
 */
let bearer = fromAddress() ?? sessionStorage.getItem(storageKey) ?? undefined

export function bearerToken(): string | undefined {
  return bearer
}

export function setBearerToken(token: string): void {
  bearer = token.trim() === '' ? undefined : token.trim()
  if (bearer === undefined) sessionStorage.removeItem(storageKey)
  else sessionStorage.setItem(storageKey, bearer)
}

function fromAddress(): string | undefined {
  const parameters = new URLSearchParams(location.hash.slice(1))
  const token = parameters.get('token')
  if (token === null || token === '') return undefined
  parameters.delete('token')
  history.replaceState(null, '', `${location.pathname}${location.search}#${parameters}`)
  sessionStorage.setItem(storageKey, token)
  return token
}

/**
 * A token for one connection.
 *
 * @throws GlowcastClientError unauthorized, forbidden, and others of the server; connection_failed
 */
export async function shortLivedToken(): Promise<string> {
  const response = await askForToken()
  const { token } = (await response.json()) as { token: string }
  return token
}

async function askForToken(): Promise<Response> {
  const headers = authorization()
  let response: Response
  try {
    response = await fetch(new URL('v1/tokens', location.href), { method: 'POST', headers })
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : `${cause}`
    throw new GlowcastClientError('connection_failed', message, { retryable: true })
  }
  if (response.ok) return response
  throw await refusal(response)
}

/** @throws GlowcastClientError unauthorized */
function authorization(): Headers {
  try {
    return new Headers({ Authorization: `Bearer ${bearer}` })
  } catch (cause) {
    // A curly quote, or another letter that a header cannot carry: no token has one.
    throw new GlowcastClientError('unauthorized', cause instanceof Error ? cause.message : `${cause}`)
  }
}

/** What the server says of why, or its status alone: a proxy in between has its own words. */
export async function refusal(response: Response): Promise<GlowcastClientError> {
  const retryable = response.status >= 500
  const body: unknown = await response.json().catch(() => undefined)
  const { error } = (typeof body === 'object' && body !== null ? body : {}) as {
    error?: { code?: unknown; message?: unknown }
  }
  const code = typeof error?.code === 'string' ? error.code : 'connection_failed'
  const message =
    typeof error?.message === 'string' ? error.message : `The server answered ${response.status}`
  return new GlowcastClientError(code, message, { retryable })
}
