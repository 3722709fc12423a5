import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createHttpServer } from '../../../server/http/http-server.js'

let server: Server
const open: Socket[] = []

/** A server of four connections, of which one address has three. */
async function started(trustedProxies: number): Promise<void> {
  server = createHttpServer({ sockets: 3, trustedProxies }, 1)
  server.on('request', (_request, response) => response.end('served'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  server.close()
  await once(server, 'close')
})

/** What becomes of a request on a connection of its own, which stays open. */
async function outcome(localAddress = '127.0.0.1'): Promise<'served' | 'closed'> {
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  open.push(socket)
  socket.on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  return new Promise((resolve) => {
    socket.once('data', () => resolve('served'))
    socket.once('close', () => resolve('closed'))
  })
}

const outcomes = async (count: number) => {
  const all: string[] = []
  for (let i = 0; i < count; i++) all.push(await outcome())
  return all
}

it('gives one address three quarters of the connections, and one that closes makes room', async () => {
  await started(0)
  expect(await outcomes(4)).toEqual(['served', 'served', 'served', 'closed'])
  expect(await outcome('127.0.0.2')).toBe('served')
  open[0]!.destroy()
  // The server sees the end in its own time.
  while ((await outcome()) === 'closed') await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await outcome()).toBe('closed')
})

it('gives all connections to the proxy that is in front, and no more than there are', async () => {
  await started(1)
  expect(await outcomes(5)).toEqual(['served', 'served', 'served', 'served', 'closed'])
})
