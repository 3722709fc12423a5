import { type ConnectionState, GlowcastClient } from '../../index.js'
import { bearerToken, shortLivedToken } from './access.js'
import { page, setText } from './page.js'

/** Refusals that pass by themselves. */
const busyCodes = new Set(['overloaded', 'draining'])

/** A client of the server that the page came from; the page's corner tells how it fares. */
export function makeClient(): GlowcastClient {
  const url = new URL('v1/stream', location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  url.hash = ''
  url.search = ''
  return new GlowcastClient({
    url: url.href,
    ...(bearerToken() === undefined ? {} : { token: shortLivedToken }),
    onState: (state) => {
      page.status.dataset['state'] = state.name === 'idle' ? 'ready' : state.name
      setText(page.status, stateText(state))
    },
  })
}

function stateText(state: ConnectionState): string {
  switch (state.name) {
    case 'idle':
      return 'Ready'
    case 'connecting':
      return 'Connecting'
    case 'ready':
      return 'Connected'
    case 'stalled':
      return 'Waiting for the server'
    case 'draining':
      return 'Server restarting'
    case 'waiting': {
      const why = busyCodes.has(state.reason.code) ? 'Server busy' : 'Offline'
      return `${why}, retrying in ${Math.max(1, Math.round(state.retryInMs / 1000))} s`
    }
    case 'closed':
      return state.reason.code === 'closed' ? 'Ready' : 'Not connected'
  }
}
