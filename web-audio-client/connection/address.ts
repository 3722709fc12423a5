import { refuseArgument } from './errors.js'

const schemes: Readonly<Record<string, string>> = {
  'ws:': 'ws:',
  'wss:': 'wss:',
  'http:': 'ws:',
  'https:': 'wss:',
}
const loopback = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/

/**
 * The server's address as a WebSocket takes it. In a page it may be relative to the page; http and https stand for ws
 * and wss.
 *
 * @throws GlowcastClientError invalid_argument, field url
 */
export function socketAddress(given: unknown): string {
  const base = globalThis.document?.baseURI
  const text = given instanceof URL ? given.href : given
  if (typeof text !== 'string' || text === '' || !URL.canParse(text, base)) {
    const expected = base === undefined ? 'a whole address' : 'an address'
    refuseArgument('url', describe(given), `${expected} such as wss://voice.example.org/v1/stream`)
  }
  const url = new URL(text, base)
  const scheme = schemes[url.protocol]
  if (scheme === undefined) refuseArgument('url', `"${text}"`, 'an address that begins with wss: or ws:')
  url.protocol = scheme
  url.hash = ''
  const isSecurePage = globalThis.location?.protocol === 'https:'
  if (isSecurePage && scheme === 'ws:' && !loopback.test(url.hostname)) {
    refuseArgument('url', `"${text}"`, 'a wss: address, as browsers let an https page connect to no other')
  }
  return url.href
}

function describe(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : `${value}`
}
