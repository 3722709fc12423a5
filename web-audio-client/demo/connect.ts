import { type ConnectionState, GlowcastClient } from '../index.js'
import { page, setText } from './page.js'

const stateTexts: Record<ConnectionState['name'], string> = {
  idle: 'Ready',
  connecting: 'Connecting',
  ready: 'Connected',
  stalled: 'Waiting for the server',
  draining: 'Server restarting',
  waiting: 'Offline, trying again',
  closed: 'Not connected',
}

/**
 * The page's address may carry the operator's token, as `#token=…`, which no server sees; a socket gets another. Read
 * once, as links within the page change what follows the `#`.
 */
const bearer = new URLSearchParams(location.hash.slice(1)).get('token')

/** A client of the server that the page came from; the page's corner tells how it fares. */
export function makeClient(): GlowcastClient {
  const url = new URL('v1/stream', location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  url.hash = ''
  url.search = ''
  return new GlowcastClient({
    url: url.href,
    ...(bearer === null ? {} : { token: () => shortLivedToken(bearer) }),
    onState: ({ name }) => {
      page.status.dataset['state'] = name === 'idle' ? 'ready' : name
      setText(page.status, stateTexts[name])
    },
  })
}

async function shortLivedToken(bearer: string): Promise<string> {
  const response = await fetch(new URL('v1/tokens', location.href), {
    method: 'POST',
    headers: { Authorization: `Bearer ${bearer}` },
  })
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  const { token } = (await response.json()) as { token: string }
  return token
}
