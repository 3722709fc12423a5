import { expect, it } from 'vitest'
import { Timeline } from '../../../src/synthesis/voice/timeline.js'

it('tells what holds at a position, and within a stretch', () => {
  const timeline = new Timeline('first')
  timeline.set(10, 'second')
  timeline.set(20, 'dropped')
  timeline.set(20, 'third')
  expect([-5, 9.9, 10, 19, 20, 1e9].map((position) => timeline.at(position))).toEqual([
    'first',
    'first',
    'second',
    'second',
    'third',
    'third',
  ])
  expect(timeline.within(0, 10)).toEqual(['first'])
  expect(timeline.within(5, 21)).toEqual(['first', 'second', 'third'])
  expect(timeline.last).toBe('third')
  timeline.forgetBefore(15)
  expect(timeline.at(15)).toBe('second')
  expect(timeline.within(15, 30)).toEqual(['second', 'third'])
})
