import { EventEmitter } from 'node:events'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { drainOnUncaughtError, outliveLog } from '../../../server/operations/last-resort.js'

class OwnProcess extends EventEmitter {
  readonly ended: Promise<number>
  exit: (code: number) => void = () => undefined

  constructor() {
    super()
    this.ended = new Promise((resolve) => {
      this.exit = resolve
    })
  }
}

it.each(['uncaughtException', 'unhandledRejection'])(
  'logs an %s, drains once, and ends with 70',
  async (origin) => {
    const lines: { level: number; origin?: string; err: { message: string } }[] = []
    const log = pino({ level: 'trace' }, { write: (line) => lines.push(JSON.parse(line)) })
    const own = new OwnProcess()
    let drained = 0
    drainOnUncaughtError(
      log,
      async () => {
        drained += 1
      },
      own,
    )
    own.emit(origin, new Error('first'))
    own.emit('uncaughtException', new Error('second'))
    expect(await own.ended).toBe(70)
    expect(drained).toBe(1)
    expect(lines.map(({ level, err }) => [level, err.message])).toEqual([
      [60, 'first'],
      [60, 'second'],
    ])
  },
)

it('ends although draining fails', async () => {
  const own = new OwnProcess()
  drainOnUncaughtError(pino({ level: 'silent' }), () => Promise.reject(new Error('stuck')), own)
  own.emit('uncaughtException', new Error('first'))
  expect(await own.ended).toBe(70)
})

it('outlives a log whose reader has gone', () => {
  const output = new Writable()
  outliveLog(output)
  expect(() => output.emit('error', Object.assign(new Error('EPIPE'), { code: 'EPIPE' }))).not.toThrow()
})
