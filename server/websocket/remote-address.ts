import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** Whoever has an address of IPv6 has all of its network of 64 bits. */
const networkGroups = 4

/**
 * Whose request it is, as far as addresses tell: of IPv6 the network.
 *
 * @param trustedProxies how many proxies of our own it came through: each adds whom it heard to X-Forwarded-For
 */
export function remoteNetwork({ socket, headers }: IncomingMessage, trustedProxies: number): string {
  const nearest = socket.remoteAddress ?? ''
  const forwarded = `${headers['x-forwarded-for'] ?? ''}`.split(',').map((entry) => entry.trim())
  const hops = [...forwarded.filter((entry) => entry !== ''), nearest]
  const claimed = hops[Math.max(0, hops.length - 1 - trustedProxies)]!
  return networkOf(isIP(claimed) === 0 ? nearest : claimed)
}

/** Whoever has the address; of IPv6 the network. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped !== null) return mapped[1]!
  if (isIP(address) !== 6) return address
  const [head, tail] = address.toLowerCase().split('%')[0]!.split('::')
  const groups = (part: string | undefined) => (part ? part.split(':') : [])
  const [before, after] = [groups(head), groups(tail)]
  const zeros = tail === undefined ? 0 : Math.max(0, 2 * networkGroups - before.length - after.length)
  const all = [...before, ...Array<string>(zeros).fill('0'), ...after]
  const network = all.slice(0, networkGroups).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
