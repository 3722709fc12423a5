import { expect, it } from 'vitest'
import type { SynthesisBatch } from '../../../src/synthesis/live/batch.js'
import { BatchSchedule, type Scheduled } from '../../../src/synthesis/live/batch-schedule.js'

const batch = (size: number, frames: number) => ({ size, frames }) as SynthesisBatch
const [one, eight, many, long] = [batch(1, 2), batch(8, 2), batch(24, 2), batch(24, 4)]
const schedule = () =>
  new BatchSchedule(
    new Map([
      [one, 2.5],
      [eight, 8],
      [many, 17],
      [long, 29],
    ]),
  )

/** A stream whose next samples are due then, with so many frames at hand. */
function stream(dueAt: number | undefined, frames = 2, changes: Partial<Scheduled> = {}): Scheduled {
  const [usedMs, aheadMs] = [() => 0, () => 0]
  const framesWithin = (chunk: number) => (frames >= chunk ? chunk : 0)
  return {
    dueAt,
    readySince: undefined,
    awaitsSound: dueAt === undefined,
    usedMs,
    aheadMs,
    framesWithin,
    isDone: false,
    ...changes,
  }
}

const streams = (count: number, dueAt: number, frames = 2) =>
  Array.from({ length: count }, () => stream(dueAt, frames))

it('has nothing to do while frames are wanting', () => {
  expect(schedule().next([stream(0, 1)], 0)).toBeUndefined()
})

it('takes whoever waits for a first sound, then whoever is due first', () => {
  const [late, soon, silent] = [stream(500), stream(110), stream(undefined)]
  expect(schedule().next([late, soon], 100)).toMatchObject({ batch: one, chosen: [soon] })
  expect(schedule().next([late, soon, silent], 100)!.chosen[0]).toBe(silent)
})

it('lets whoever has had more than its share wait, for its first sound too', () => {
  const aheadMs = () => 300
  const [soon, hurried] = [stream(110), stream(undefined, 2, { aheadMs })]
  expect(schedule().next([hurried, soon], 100)!.chosen[0]).toBe(soon)
  // Work that nobody else waits for is done.
  expect(schedule().next([hurried], 100)).toMatchObject({ chosen: [hurried] })
  // Of those, whoever is due first.
  const [later, sooner] = [stream(250, 2, { aheadMs }), stream(200, 2, { aheadMs })]
  expect(schedule().next([later, sooner], 100)!.chosen[0]).toBe(sooner)
})

it('lets the first sound of whoever has just been worked for wait for those that are listened to', () => {
  const [soon, late] = [stream(110), stream(60)]
  const first = (used: number) => stream(90, 2, { awaitsSound: true, usedMs: () => used })
  const firstOf = (other: Scheduled, used: number) => schedule().next([other, first(used)], 100)!.chosen[0]
  expect(firstOf(soon, 101)).toBe(soon)
  expect(firstOf(soon, 100)).not.toBe(soon)
  expect(firstOf(late, 1)).toBe(late)
  expect(firstOf(late, 0)).not.toBe(late)
})

it('takes nobody along who hurries in a call for a listener who has little left to hear', () => {
  const usedMs = () => 500
  const hurried = Array.from({ length: 7 }, () => stream(600, 2, { usedMs }))
  const chosen = (dueAt: number) =>
    schedule().next([stream(dueAt), ...streams(3, 500), ...hurried], 100)!.chosen
  expect(chosen(99)).toHaveLength(4)
  expect(chosen(174)).toHaveLength(4)
  expect(chosen(175)).toHaveLength(8)
  expect(schedule().next([stream(99, 2, { usedMs }), ...hurried], 100)!.chosen).toHaveLength(8)
})

it('makes no long call for those that hurry while others, who may come at any moment, listen', () => {
  const hurried = Array.from({ length: 24 }, () => stream(600, 4, { usedMs: () => 500 }))
  const idle = stream(50, 0)
  expect(schedule().next(hurried, 0)!.batch).toBe(long)
  // Four times the shortest call are 10 ms: 8 are within, 17 and 29 are not.
  expect(schedule().next([idle, ...hurried], 0)!.batch).toBe(eight)
})

it('counts the frames that are left of an utterance, not those of the chunk', () => {
  const framesWithin = (chunk: number) => Math.min(chunk, 2)
  const plan = new BatchSchedule(
    new Map([
      [one, 4],
      [batch(1, 8), 7],
    ]),
  )
  expect(plan.next([stream(900, 8)], 0)!.batch.frames).toBe(8)
  expect(plan.next([stream(900, 8, { framesWithin })], 0)!.batch.frames).toBe(2)
})

it('ends the most urgent utterance, unless a call is more urgent', () => {
  const ended = (dueAt: number | undefined) => stream(dueAt, 0, { isDone: true })
  const [soon, later, never] = [ended(150), ended(300), ended(undefined)]
  const job = (dueAt: number) => schedule().next([stream(dueAt)], 100)
  const ending = (streams: Scheduled[], dueAt: number) => schedule().ending(streams, job(dueAt), 100)
  expect(schedule().ending([later, soon], undefined, 100)).toBe(soon)
  expect(schedule().ending([stream(50)], undefined, 100)).toBeUndefined()
  expect(ending([later, soon], 200)).toBe(soon)
  expect(ending([later, soon], 140)).toBeUndefined()
  expect(ending([later, never], 90)).toBe(never)
  // Of whoever had its share, when the others have what they need.
  const hurried = stream(undefined, 0, { isDone: true, usedMs: () => 500 })
  expect(ending([hurried], 500)).toBeUndefined()
  expect(ending([hurried], 700)).toBe(hurried)
})

it('takes the first sound of a further utterance when the one before has been played', () => {
  const next = stream(500, 2, { awaitsSound: true })
  const soon = stream(110)
  expect(schedule().next([next, soon], 100)!.chosen[0]).toBe(soon)
  expect(schedule().next([next, soon], 501)!.chosen[0]).toBe(next)
})

it('takes the batch whose frames cost least', () => {
  const sizes = [3, 4, 16, 24].map((count) => schedule().next(streams(count, 20), 0)!.batch)
  expect(sizes).toEqual([one, eight, eight, many])
  // Four frames each in 29 ms are less than twice two in 17; at hand they must be.
  expect(schedule().next(streams(24, 20, 4), 0)!.batch).toBe(long)
})

it('takes no long chunk when the most urgent stream has not the time', () => {
  expect(schedule().next(streams(24, -20, 4), 0)!.batch).toBe(many)
  // So late that only frames a second count.
  expect(schedule().next(streams(24, -40, 4), 0)!.batch).toBe(long)
})

it('waits a millisecond by stream, at most 16, for others when there are others, and time', () => {
  const plan = schedule()
  const waiting = streams(3, 100)
  expect(plan.waitMs(plan.next(waiting, 0)!, 8, 0)).toBe(8)
  expect(plan.waitMs(plan.next(waiting, 0)!, 40, 0)).toBe(16)
  expect(plan.waitMs(plan.next(waiting, 6)!, 8, 6)).toBe(2)
  expect(plan.waitMs(plan.next(waiting, 9)!, 8, 9)).toBeLessThan(0)
  expect(plan.waitMs(plan.next(waiting, 0)!, 4, 0)).toBe(0)
  const [first] = [stream(undefined)]
  expect(plan.waitMs(plan.next([...waiting, first!], 0)!, 20, 0)).toBe(0)
  const full = streams(24, 100)
  expect(plan.waitMs(plan.next(full, 0)!, 30, 0)).toBe(0)
})

it('learns what calls take', () => {
  const plan = schedule()
  for (let call = 0; call < 40; call++) plan.measured(one, 0.1)
  expect(plan.next(streams(8, 100), 0)!.batch).toBe(one)
})
