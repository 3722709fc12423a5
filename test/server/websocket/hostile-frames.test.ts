import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import { MockBackend } from '../mock-backend.js'
import { startTestServer, type TestServer } from '../test-server.js'

let running: TestServer

beforeEach(async () => {
  running = await startTestServer({ backend: new MockBackend(100), limits: { drainMs: 50 } })
})

afterEach(() => running.stop())

const headers = {
  host: 'localhost',
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'sec-websocket-protocol': 'glowcast.v1',
}

const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** A client's frame of less than 126 bytes. */
function frame(opcode: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const mask = [1, 2, 3, 4]
  const masked = payload.map((byte, i) => byte ^ mask[i % 4]!)
  return Buffer.from([0x80 | opcode, 0x80 | payload.length, ...mask, ...masked])
}

/** Upgrades a connection whose bytes come in the pieces that a test chooses, whatever the network would make of them. */
function upgraded(): Duplex {
  const connection = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() })
  const request = { method: 'GET', url: '/v1/stream', headers, socket: { remoteAddress: '127.0.0.1' } }
  running.server.emit('upgrade', request as unknown as IncomingMessage, connection, Buffer.alloc(0))
  return connection
}

describe('frames that break the WebSocket protocol', () => {
  const wrong: [string, Buffer][] = [
    ['a close with a code that there is not', frame(opcodes.close, new Uint8Array([0, 1]))],
    ['a close whose reason is no UTF-8', frame(opcodes.close, new Uint8Array([3, 232, 0xff]))],
    ['a text that is no UTF-8', frame(opcodes.text, new Uint8Array([0xff, 0xfe]))],
    ['an opcode that there is not', frame(3)],
  ]
  const before: [string, Buffer][] = [
    ['a ping', frame(opcodes.ping)],
    ['a pong', frame(opcodes.pong, new Uint8Array(4))],
    ['a text', frame(opcodes.text, Buffer.from('{}'))],
    ['a binary message', frame(opcodes.binary, new Uint8Array(12))],
  ]
  const cases = wrong.flatMap(([name, bytes]) =>
    before.map(([first, head]): [string, string, Buffer, Buffer] => [name, first, bytes, head]),
  )
  it.each(cases)(
    'end their own connection and no other: %s, behind %s',
    async (_name, _first, bytes, head) => {
      const connection = upgraded()
      // All arrive before anything is handled, and bytes that no frame is ever made of come behind.
      for (const piece of [head, bytes, frame(opcodes.binary, new Uint8Array(20)), Buffer.alloc(100, 7)]) {
        connection.push(piece)
      }
      // The server's half ends when it has said what was wrong.
      await once(connection, 'finish')
      connection.destroy()
      expect((await fetch(`${running.http}/healthz`)).status).toBe(200)
    },
  )

  it('are survived in any order and any pieces', async () => {
    const random = new RandomStream(1, 0)
    const below = (bound: number) => Math.floor(random.uniform() * bound)
    const port = Number(new URL(running.http).port)
    const request = [
      'GET /v1/stream HTTP/1.1',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ].join('\r\n')
    const kinds = Object.values(opcodes)
    const randomFrame = () => {
      const bytes = frame(kinds[below(kinds.length)]!, new Uint8Array(below(3) * 10).fill(below(256)))
      for (let flips = below(4); flips > 0; flips--) bytes[below(bytes.length)]! ^= 1 << below(8)
      return bytes
    }
    const sockets: Socket[] = Array.from({ length: 100 }, () => {
      const socket = connect(port, '127.0.0.1').setNoDelay()
      socket.on('error', () => undefined)
      socket.write(`${request}\r\n\r\n`)
      for (let frames = 30; frames > 0; frames--) socket.write(randomFrame())
      return socket
    })
    for (const socket of sockets) {
      socket.end().resume()
      if (!socket.closed) await once(socket, 'close')
    }
    expect((await fetch(`${running.http}/healthz`)).status).toBe(200)
  })
})
