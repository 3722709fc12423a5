import { describe, expect, it } from 'vitest'
import { Turns } from '../../../server/websocket/turns.js'

const turnOfTheLoop = () => new Promise<void>((resolve) => setImmediate(resolve))

function recorded() {
  const calls: string[] = []
  const turns = new Turns({ pause: () => calls.push('pause'), resume: () => calls.push('resume') })
  return { turns, calls }
}

describe('Turns', () => {
  it('hands on one event a turn, in order', async () => {
    const { turns } = recorded()
    const seen: number[] = []
    for (let i = 0; i < 3; i++) turns.add(() => seen.push(i))
    expect(seen).toEqual([])
    for (let i = 0; i < 3; i++) {
      await turnOfTheLoop()
      expect(seen).toEqual([0, 1, 2].slice(0, i + 1))
    }
  })

  it('reads no further while 64 events wait, and on when all are handled', async () => {
    const { turns, calls } = recorded()
    for (let i = 0; i < 100; i++) turns.add(() => undefined)
    expect(calls).toEqual(['pause'])
    for (let i = 0; i < 99; i++) await turnOfTheLoop()
    expect(calls).toEqual(['pause'])
    await turnOfTheLoop()
    expect(calls).toEqual(['pause', 'resume'])
  })

  it('hands on nothing while it is paused, and reads on only when there is room', async () => {
    const { turns, calls } = recorded()
    const seen: number[] = []
    for (let i = 0; i < 65; i++) {
      turns.add(() => {
        seen.push(i)
        if (i === 0) turns.pause()
      })
    }
    for (let i = 0; i < 3; i++) await turnOfTheLoop()
    expect(seen).toEqual([0])
    turns.resume()
    expect(calls).toEqual(['pause', 'pause'])
    await turnOfTheLoop()
    expect(seen).toEqual([0, 1])
  })

  it('drops what waits when it is stopped', async () => {
    const { turns } = recorded()
    const seen: number[] = []
    turns.add(() => seen.push(0))
    turns.stop()
    await turnOfTheLoop()
    turns.add(() => seen.push(1))
    await turnOfTheLoop()
    expect(seen).toEqual([1])
  })
})
