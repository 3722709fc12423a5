import { describe, expect, it } from 'vitest'
import type { SynthesisBatch } from '../../../src/synthesis/live/batch.js'
import { MachineSpeed } from '../../../src/synthesis/live/machine-speed.js'
import { capacityOf } from '../../../src/synthesis/live/measure-capacity.js'

const batch = (size: number, frames: number) =>
  ({ size, frames, model: { config: { mel: 'nvidia-22k' } } }) as SynthesisBatch
const [one, eight, long] = [batch(1, 2), batch(8, 2), batch(8, 4)]
const startMs = new Map([
  [one, 2],
  [eight, 8],
  [long, 14],
])

/** A thread whose calls end `everyMs`, on a machine that is told how fast it is. */
function thread(everyMs = 12) {
  let moment = 0
  const speed = new MachineSpeed(startMs, () => moment)
  const told: number[] = []
  const call = (which: SynthesisBatch, ms: number) => {
    if (speed.take(which, ms)) told.push(speed.value)
  }
  const run = (seconds: number, machine: number) => {
    for (const end = moment + 1000 * seconds; moment < end; moment += everyMs) {
      for (const [which, ms] of startMs) call(which, ms / machine)
    }
  }
  const pause = (seconds: number) => {
    moment += 1000 * seconds
  }
  return { speed, told, call, run, pause }
}

describe('the speed of the machine', () => {
  it('is that of the start, and nothing is told, while calls take what they took', () => {
    const { speed, told, run } = thread()
    run(30, 1)
    run(30, 1.05)
    run(30, 0.96)
    expect(speed.value).toBe(1)
    expect(told).toEqual([])
  })

  it('falls within two seconds when a call takes twice as long, whatever its batch', () => {
    const { speed, run } = thread()
    run(5, 1)
    run(2, 0.5)
    expect(speed.value).toBeGreaterThan(0.5)
    expect(speed.value).toBeLessThan(0.56)
    for (const which of startMs.keys()) {
      const alone = thread()
      for (let i = 0; i < 1000; i++) {
        alone.pause(0.012)
        alone.call(which, 2 * startMs.get(which)!)
      }
      expect(alone.speed.value).toBeCloseTo(0.5, 1)
    }
  })

  it('rises slowly when the machine recovers, and all the way', () => {
    const { speed, run } = thread()
    run(20, 0.5)
    run(2, 1)
    expect(speed.value).toBeLessThan(0.7)
    run(30, 1)
    expect(speed.value).toBeGreaterThan(0.9)
  })

  it('follows the worse half of a machine that changes every second', () => {
    const { speed, told, run } = thread()
    for (let second = 0; second < 20; second++) run(1, second % 2 === 0 ? 1 : 0.5)
    expect(speed.value).toBeLessThan(0.65)
    const beforehand = told.length
    run(1, 1)
    expect(speed.value).toBeLessThan(0.75)
    // Told in steps, not with each of 250 calls.
    expect(told.length - beforehand).toBeLessThan(4)
  })

  it('exceeds that of the start where the machine was slow then', () => {
    const { speed, run } = thread()
    run(40, 2)
    expect(speed.value).toBeGreaterThan(1.8)
    expect(speed.value).toBeLessThanOrEqual(2)
  })

  it('hears of a lone stream, too', () => {
    const { speed, pause, call } = thread()
    for (let i = 0; i < 2000; i++) {
      pause(0.023)
      call(one, 4)
    }
    expect(speed.value).toBeCloseTo(0.5, 1)
  })

  it('is not turned by one call that was held up, nor by the first after a pause', () => {
    const { speed, call, pause, run } = thread()
    run(10, 1)
    call(one, 5000)
    expect(speed.value).toBe(1)
    pause(3600)
    call(one, 5000)
    expect(speed.value).toBe(1)
    call(one, 0)
    expect(speed.value).toBe(1)
  })
})

describe('capacity by speed', () => {
  // 8 streams of 2 frames in 8 ms: 23.2 times real time.
  const all = (8 * 2 * 256 * 1000) / 22_050 / 8

  it('is seven tenths of what the start was measured to carry, or 0.85 of what is carried beside other work', () => {
    expect(capacityOf(startMs)).toBeCloseTo(0.7 * all, 9)
    // Streams and messages make calls slower by a fifth: the three tenths allowed for it.
    expect(capacityOf(startMs, 0.83)).toBeCloseTo(0.7 * all, 9)
    expect(capacityOf(startMs, 0.5)).toBeCloseTo(0.425 * all, 9)
    expect(capacityOf(startMs, 2)).toBeCloseTo(1.4 * all, 9)
  })

  it('never grows as the machine becomes slower', () => {
    const speeds = Array.from({ length: 80 }, (_, i) => 0.05 * (i + 1))
    const capacities = speeds.map((speed) => capacityOf(startMs, speed))
    expect(capacities).toEqual([...capacities].sort((a, b) => a - b))
  })
})
