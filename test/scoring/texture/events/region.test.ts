import { describe, expect, it } from 'vitest'
import { coreOf, grown, joined, peakOf, regionsOf } from '../../../../src/scoring/texture/events/region.js'

describe('regionsOf', () => {
  const deviations = new Float64Array(40)
  deviations.set([5, 0, -9, 6], 3)
  deviations[20] = 4

  it('joins frames that are near each other and keeps the sign of the peak', () => {
    expect(regionsOf(deviations, (size) => size > 3)).toEqual([
      { firstFrame: 3, endFrame: 7, peak: 9, sign: -1 },
      { firstFrame: 20, endFrame: 21, peak: 4, sign: 1 },
    ])
    expect(peakOf(deviations)).toBe(9)
  })

  it('grows by what deviates with it, over one or two frames that do not', () => {
    const around = deviations.slice()
    around.set([2.6, 0, 0, 2.6], 16)
    around.set([-5, 2.6, 0, 0, 0, 2.6], 21)
    const region = { firstFrame: 20, endFrame: 21, peak: 4, sign: 1 } as const
    expect(grown(region, around)).toEqual({ ...region, firstFrame: 16, endFrame: 23 })
  })

  it('has a core without what rings around it', () => {
    const region = { firstFrame: 3, endFrame: 7, peak: 9, sign: -1 } as const
    expect(coreOf(region, deviations)).toEqual({ ...region, firstFrame: 3, endFrame: 7 })
    const ringing = deviations.map((deviation, frame) => (frame === 5 ? deviation : 0.4 * deviation))
    expect(coreOf(region, ringing)).toEqual({ ...region, firstFrame: 5, endFrame: 6 })
  })

  it('is one with those that it touches', () => {
    const of = (firstFrame: number, endFrame: number, peak: number, sign: 1 | -1 = 1) => ({
      firstFrame,
      endFrame,
      peak,
      sign,
    })
    expect(joined([of(0, 4, 5), of(4, 9, 7, -1), of(6, 8, 6), of(10, 11, 3)])).toEqual([
      of(0, 9, 7, -1),
      of(10, 11, 3),
    ])
  })
})
