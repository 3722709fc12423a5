import { expect, it } from 'vitest'
import { type Permit, RequestPermits } from '../../../server/http/request-permits.js'
import { Turns } from '../../../server/workers/turns.js'

function permits(requests: number, bytes = 1000) {
  let time = 0
  const all = new RequestPermits({ requests, bytes }, 'vocoded', () => time)
  const pass = (ms: number) => {
    time += ms
  }
  let clients = 0
  /** Each time another client, without a token. */
  const someone = () => ({ name: `client ${clients++}`, hasToken: false })
  return { all, pass, someone }
}

it('counts a request as worked on once its body is there', () => {
  const { all, someone } = permits(2)
  const [first, second, third] = [all.acquire(someone()), all.acquire(someone()), all.acquire(someone())] as [
    Permit,
    Permit,
    Permit,
  ]
  first.starts()
  second.starts()
  expect(() => third.starts()).toThrow('2 requests are being vocoded; try again later')
  expect(() => all.acquire(someone())).toThrow('2 requests are being vocoded')
  first.release()
  third.starts()
})

it('does not count one whose client has not read for a second', () => {
  const { all, pass, someone } = permits(1)
  const permit = all.acquire(someone())
  permit.starts()
  permit.waits()
  expect(() => all.acquire(someone())).toThrow('1 requests are being vocoded')
  pass(1000)
  const other = all.acquire(someone())
  other.starts()
  permit.goesOn()
  expect(() => all.acquire(someone())).toThrow('2 requests are being vocoded')
})

it('lets a new request have the permit of the one that waited longest for its client', () => {
  const { all, pass, someone } = permits(1)
  const open = [
    all.acquire(someone()),
    all.acquire(someone()),
    all.acquire(someone()),
    all.acquire(someone()),
  ]
  pass(999)
  expect(() => all.acquire(someone())).toThrow('4 requests are open')
  open[0]!.waits()
  pass(1)
  all.acquire(someone())
  expect(open.map(({ signal }) => signal.aborted)).toEqual([false, true, false, false])
  expect(open[1]!.signal.reason).toMatchObject({ code: 'overloaded' })
})

it('bounds the bytes of all bodies', () => {
  const { all, pass, someone } = permits(2, 1000)
  const [first, second] = [all.acquire(someone()), all.acquire(someone())] as [Permit, Permit]
  first.hold(600)
  second.hold(400)
  expect(() => second.hold(1)).toThrow('1001 bytes of bodies are held')
  pass(1000)
  second.hold(100)
  expect([first, second].map(({ signal }) => signal.aborted)).toEqual([true, false])
  second.keeps(0)
  all.acquire(someone()).hold(1000)
})

it('leaves permits to others than one client without a token', () => {
  const { all, someone } = permits(8)
  const [greedy, trusted] = [
    { name: 'greedy', hasToken: false },
    { name: 'trusted', hasToken: true },
  ]
  const begun = (requester: typeof greedy) => {
    const permit = all.acquire(requester)
    permit.starts()
    return permit
  }
  const [first] = Array.from({ length: 6 }, () => begun(greedy))
  const limited = { code: 'client_limit', details: { retryAfterMs: 2000 } }
  expect(() => all.acquire(greedy)).toThrow(
    expect.objectContaining({
      ...limited,
      message:
        'requests: got one more than the 6 of this client that are being vocoded, expected at most 6; end one, then try again',
    }),
  )
  begun(someone())
  const other = begun(trusted)
  first!.release()
  begun(trusted).release()
  other.release()
  // Bodies that come are counted too, and a body that is there is not worked on beyond the share.
  const coming = Array.from({ length: 24 - 5 }, () => all.acquire(greedy))
  expect(() => all.acquire(greedy)).toThrow(/24 of this client that are open/)
  coming[0]!.starts()
  expect(() => coming[1]!.starts()).toThrow(/6 of this client that are being vocoded/)
})

it('does not count an answer that has long begun: others need not wait for its end', () => {
  const { all, pass, someone } = permits(1)
  const long = all.acquire(someone())
  long.starts()
  long.answers()
  pass(4999)
  expect(() => all.acquire(someone())).toThrow('1 requests are being vocoded')
  pass(1)
  all.acquire(someone()).starts()
})

it('gives the next turn to the client that has waited longest for one', async () => {
  const turns = new Turns()
  const done: string[] = []
  const never = new AbortController().signal
  const ask = (what: string) => turns.run(async () => done.push(what), never, what[0]!)
  await Promise.all(['a1', 'a2', 'a3', 'b1', 'a4', 'c1', 'b2'].map(ask))
  expect(done).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
})

it('gives turns one after the other, and forgets who does not wait any more', async () => {
  const turns = new Turns()
  const done: string[] = []
  const never = new AbortController().signal
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const first = turns.run(
    async () => {
      await gate
      done.push('first')
    },
    never,
    'client',
  )
  const gone = new AbortController()
  const second = turns.run(async () => done.push('second'), gone.signal, 'client')
  const third = turns.run(async () => done.push('third'), never, 'client')
  gone.abort(new Error('gone'))
  await expect(second).rejects.toThrow('gone')
  expect(done).toEqual([])
  open()
  await Promise.all([first, third])
  expect(done).toEqual(['first', 'third'])
  await expect(turns.run(async () => done.push('late'), gone.signal, 'client')).rejects.toThrow('gone')
  await expect(turns.run(() => Promise.reject(new Error('broken')), never, 'client')).rejects.toThrow(
    'broken',
  )
  await turns.run(async () => done.push('last'), never, 'client')
  expect(done).toEqual(['first', 'third', 'last'])
})
