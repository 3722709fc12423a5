import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../../server/operations/limits.js'
import { Clients } from '../../../server/websocket/clients.js'
import { remoteNetwork } from '../../../server/websocket/remote-address.js'

const request = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage

describe('remoteNetwork', () => {
  const cases: [string, string | undefined, number, string][] = [
    ['10.0.0.7', undefined, 0, '10.0.0.7'],
    ['::ffff:10.0.0.7', undefined, 0, '10.0.0.7'],
    ['2001:db8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', undefined, 0, '2001:db8:1:2::/64'],
    ['2001:db8::1', undefined, 0, '2001:db8:0:0::/64'],
    ['::1', undefined, 0, '0:0:0:0::/64'],
    ['fe80::1%eth0', undefined, 0, 'fe80:0:0:0::/64'],
    // Anyone can claim an address: without a proxy of ours the claim is not read.
    ['10.0.0.7', '1.2.3.4', 0, '10.0.0.7'],
    ['127.0.0.1', '1.2.3.4', 1, '1.2.3.4'],
    // The client's own claim is the first; the proxy adds whom it heard.
    ['127.0.0.1', '6.6.6.6, 1.2.3.4', 1, '1.2.3.4'],
    ['127.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', 2, '1.2.3.4'],
    ['127.0.0.1', '1.2.3.4', 5, '1.2.3.4'],
    ['127.0.0.1', 'unknown', 1, '127.0.0.1'],
    ['127.0.0.1', '', 1, '127.0.0.1'],
  ]
  it.each(cases)('of %s with %s behind %i is %s', (address, forwarded, proxies, network) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
    expect(remoteNetwork(request(address, headers), proxies)).toBe(network)
  })
})

describe('Clients', () => {
  const auth = {
    holderOf: ({ headers }: IncomingMessage) => headers.authorization,
  }

  it('are those with a token, else those with an address', () => {
    const clients = new Clients(auth, { ...defaultLimits, trustedProxies: 0 })
    const first = clients.of(request('10.0.0.1'))
    clients.acquire(first)
    expect(clients.of(request('10.0.0.1'))).toBe(first)
    expect(clients.of(request('10.0.0.2'))).not.toBe(first)
    const holder = clients.of(request('10.0.0.1', { authorization: 'x' }))
    expect(holder.hasToken).toBe(true)
    clients.acquire(holder)
    expect(clients.of(request('10.0.0.9', { authorization: 'x' }))).toBe(holder)
  })

  it('are forgotten once they have gone, and keep what they owe until then', () => {
    const clients = new Clients(auth, { ...defaultLimits, trustedProxies: 0 })
    const flooder = clients.of(request('10.0.0.1'))
    const release = clients.acquire(flooder)
    flooder.traffic.open()
    release()
    const other = clients.of(request('10.0.0.2'))
    clients.acquire(other)()
    // It has used something up that time has not brought back.
    expect(clients.of(request('10.0.0.1'))).toBe(flooder)
    clients.acquire(clients.of(request('10.0.0.3')))
    expect(clients.size).toBe(2)
  })
})
