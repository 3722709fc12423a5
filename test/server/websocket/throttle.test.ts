import { afterEach, describe, expect, it } from 'vitest'
import { partOfClient } from '../../../server/websocket/clients.js'
import { Throttle } from '../../../server/websocket/throttle.js'
import { Traffic } from '../../../server/websocket/traffic.js'

const limits = { messagesPerSecond: 10, opensPerSecond: 10, bytesPerSecond: 1e6 }
const stopped = () => 0
const throttles: Throttle[] = []
afterEach(() => {
  for (const throttle of throttles.splice(0)) throttle.stop()
})

/** One of the sockets of a client. */
function connection(client: { sockets: number; traffic: Traffic }) {
  const errors: string[] = []
  const turns = { pause() {}, resume() {} }
  const own = new Traffic(limits, undefined, stopped)
  const part = partOfClient(limits, client, stopped)
  const throttle = new Throttle(turns, own, client.traffic, part, ({ message }) => errors.push(message))
  throttles.push(throttle)
  const send = (messages: number) => {
    for (let i = 0; i < messages; i++) throttle.message(1)
  }
  return { throttle, errors, send }
}

describe('Throttle', () => {
  it('reads a quiet socket on beside others of its client that flood', () => {
    const client = { sockets: 8, traffic: new Traffic(limits, () => 4, stopped) }
    const flooding = Array.from({ length: 7 }, () => connection(client))
    const quiet = connection(client)
    // Each within what one socket may send at once, 20; all of them above what the client may, 80.
    for (const { send } of flooding) send(19)
    quiet.send(3)
    expect(quiet.throttle.isPaused).toBe(false)
    expect(quiet.errors).toEqual([])
    for (const { send, throttle, errors } of flooding) {
      send(1)
      expect(throttle.isPaused).toBe(true)
      expect(errors).toEqual([expect.stringMatching(/^messages: got more than the client may send/)])
    }
  })

  it('pauses a socket that sends more than one may', () => {
    const { throttle, errors, send } = connection({
      sockets: 1,
      traffic: new Traffic(limits, () => 4, stopped),
    })
    send(20)
    expect(throttle.isPaused).toBe(false)
    send(1)
    expect(throttle.isPaused).toBe(true)
    expect(errors).toEqual([expect.stringMatching(/^messages: got more than the connection may send/)])
  })
})
