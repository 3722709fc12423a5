import { expect, it } from 'vitest'
import { SampleWindow } from '../../../src/audio/buffers/sample-window.js'

const ramp = (from: number, count: number) => Float32Array.from({ length: count }, (_, i) => from + i)

it('gives what was appended by its index, and silence elsewhere', () => {
  const window = new SampleWindow(2, -9)
  window.append(ramp(0, 6))
  const read = (from: number, frames: number) => {
    const target = new Float32Array(2 * frames)
    window.read(from, target)
    return [...target]
  }
  expect(read(-1, 5)).toEqual([-9, -9, 0, 1, 2, 3, 4, 5, -9, -9])
  window.forgetBefore(1)
  expect(read(0, 2)).toEqual([-9, -9, 2, 3])
  expect([window.end, window.length]).toEqual([3, 2])
})

it('forgets nothing twice, and no more than there is', () => {
  const window = new SampleWindow()
  window.append(ramp(0, 4))
  window.forgetBefore(3)
  window.forgetBefore(1)
  expect([...window.samples]).toEqual([3])
  window.drop(5)
  expect([window.end, window.length]).toEqual([4, 0])
  window.append(ramp(4, 1))
  expect([...window.samples]).toEqual([4])
})

it('stays small where as much is taken as comes', () => {
  const window = new SampleWindow()
  const taken: number[] = []
  const part = new Float32Array(7)
  for (let i = 0; i < 1000; i++) {
    window.append(ramp(5 * i, 5))
    while (window.length >= part.length) {
      window.take(part)
      taken.push(...part)
    }
  }
  expect(taken).toEqual([...ramp(0, taken.length)])
  expect(window.samples.buffer.byteLength).toBeLessThan(400)
})

it('gives silence behind the last that is taken', () => {
  const window = new SampleWindow(2)
  window.append(ramp(1, 2))
  const target = new Float32Array(4).fill(7)
  window.take(target)
  expect([...target]).toEqual([1, 2, 0, 0])
  expect(window.length).toBe(0)
})
