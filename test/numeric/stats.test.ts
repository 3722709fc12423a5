import { describe, expect, it } from 'vitest'
import {
  channelOf,
  decibels,
  mean,
  meanSquare,
  populationStd,
  populationVariance,
  product,
  rms,
  sum,
  sumOfSquares,
  upperMedian,
} from '../../src/numeric/stats.js'

const values = [2, 4, 4, 4, 5, 5, 7, 9]

describe('the statistics of values', () => {
  it('are those of the textbook, over n', () => {
    expect(sum(values)).toBe(40)
    expect(mean(values)).toBe(5)
    expect(populationVariance(values)).toBe(4)
    expect(populationStd(values)).toBe(2)
    expect(sumOfSquares([3, -4])).toBe(25)
    expect(meanSquare([3, -4])).toBe(12.5)
    expect(rms([7, -7, 7])).toBe(7)
    expect(decibels(100)).toBe(20)
    expect(decibels(0)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('are added in float64, from first to last', () => {
    expect(sum([1, 1e100, 1, -1e100])).toBe(0)
    expect(sum(new Float32Array([2 ** 24, 1, 1]))).toBe(2 ** 24 + 2)
    expect(sumOfSquares(new Float32Array([2 ** 12, 1]))).toBe(2 ** 24 + 1)
  })

  it('take the upper median, by number and not by text', () => {
    expect(upperMedian([10, 9, 100])).toBe(10)
    expect(upperMedian([4, 1, 3, 2])).toBe(3)
    expect(upperMedian([])).toBe(0)
  })

  it('know what nothing is', () => {
    expect(sum([])).toBe(0)
    expect(product([])).toBe(1)
    expect(product([2, 0, 3])).toBe(0)
    for (const none of [mean, meanSquare, rms, populationVariance, populationStd]) {
      expect(none([])).toBeNaN()
    }
  })

  it('take a channel out of frames', () => {
    expect([...channelOf(new Float32Array([1, 2, 3, 4, 5, 6]), 1, 3)]).toEqual([2, 5])
  })
})
