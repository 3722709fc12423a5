import { expect, it } from 'vitest'
import { type Permit, RequestPermits } from '../../server/request-places.js'
import { Turns } from '../../server/turns.js'

function permits(requests: number, bytes = 1000) {
  let time = 0
  const all = new RequestPermits({ requests, bytes }, 'vocoded', () => time)
  const pass = (ms: number) => {
    time += ms
  }
  return { all, pass }
}

it('counts a request as worked on once its body is there', () => {
  const { all } = permits(2)
  const [first, second, third] = [all.acquire(), all.acquire(), all.acquire()] as [Permit, Permit, Permit]
  first.starts()
  second.starts()
  expect(() => third.starts()).toThrow('2 requests are being vocoded; try again later')
  expect(() => all.acquire()).toThrow('2 requests are being vocoded')
  first.release()
  third.starts()
})

it('does not count one whose client has not read for a second', () => {
  const { all, pass } = permits(1)
  const permit = all.acquire()
  permit.starts()
  permit.waits()
  expect(() => all.acquire()).toThrow('1 requests are being vocoded')
  pass(1000)
  const other = all.acquire()
  other.starts()
  permit.goesOn()
  expect(() => all.acquire()).toThrow('2 requests are being vocoded')
})

it('lets a new request have the permit of the one that waited longest for its client', () => {
  const { all, pass } = permits(1)
  const open = [all.acquire(), all.acquire(), all.acquire(), all.acquire()]
  pass(999)
  expect(() => all.acquire()).toThrow('4 requests are open')
  open[0]!.waits()
  pass(1)
  all.acquire()
  expect(open.map(({ signal }) => signal.aborted)).toEqual([false, true, false, false])
  expect(open[1]!.signal.reason).toMatchObject({ code: 'overloaded' })
})

it('bounds the bytes of all bodies', () => {
  const { all, pass } = permits(2, 1000)
  const [first, second] = [all.acquire(), all.acquire()] as [Permit, Permit]
  first.hold(600)
  second.hold(400)
  expect(() => second.hold(1)).toThrow('1001 bytes of bodies are held')
  pass(1000)
  second.hold(100)
  expect([first, second].map(({ signal }) => signal.aborted)).toEqual([true, false])
  second.forgetsBody()
  all.acquire().hold(1000)
})

it('gives turns one after the other, and forgets who does not wait any more', async () => {
  const turns = new Turns()
  const done: string[] = []
  const never = new AbortController().signal
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const first = turns.run(async () => {
    await gate
    done.push('first')
  }, never)
  const gone = new AbortController()
  const second = turns.run(async () => done.push('second'), gone.signal)
  const third = turns.run(async () => done.push('third'), never)
  gone.abort(new Error('gone'))
  await expect(second).rejects.toThrow('gone')
  expect(done).toEqual([])
  open()
  await Promise.all([first, third])
  expect(done).toEqual(['first', 'third'])
  await expect(turns.run(async () => done.push('late'), gone.signal)).rejects.toThrow('gone')
  await expect(turns.run(() => Promise.reject(new Error('broken')), never)).rejects.toThrow('broken')
  await turns.run(async () => done.push('last'), never)
  expect(done).toEqual(['first', 'third', 'last'])
})
