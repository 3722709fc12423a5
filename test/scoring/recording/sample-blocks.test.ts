import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../../src/numeric/random.js'
import { SampleBlocks } from '../../../src/scoring/recording/sample-blocks.js'

const rate = 100
const ramp = (length: number) => Float32Array.from({ length }, (_, i) => i)

function cut(total: number, length: number, first = 0, pieceOf: () => number = () => 7) {
  const cutter = new SampleBlocks(length, rate, first)
  const samples = ramp(total)
  const blocks = []
  for (let from = 0; from < total; ) {
    const piece = samples.subarray(from, from + pieceOf())
    blocks.push(...cutter.push(piece))
    from += piece.length
  }
  return [...blocks, ...cutter.flush()]
}

describe('SampleBlocks', () => {
  it('gives whole blocks with 0.5 s before and 0.25 s behind, however the samples come', () => {
    const random = new RandomStream(1, 1)
    const blocks = cut(1000, 200, 0, () => 1 + random.integer(333))
    expect(blocks.map(({ first, length }) => [first, length])).toEqual([
      [0, 200],
      [200, 200],
      [400, 200],
      [600, 200],
      [800, 200],
    ])
    for (const { first, length, lead, samples, isWhole, overlap } of blocks) {
      expect([lead, isWhole, overlap]).toEqual([Math.min(first, 50), true, 0])
      const heard = ramp(1000).subarray(first - lead, Math.min(1000, first + length + 25))
      expect(samples).toEqual(heard)
    }
  })

  it.each([1, 100, 199])('ends with a whole block that shares samples when %i are left', (left) => {
    const blocks = cut(600 + left, 200)
    expect(blocks).toHaveLength(4)
    const { first, length, isWhole, overlap, lead, samples } = blocks[3]!
    expect([first, length, isWhole, overlap, lead]).toEqual([400 + left, 200, true, 200 - left, 50])
    expect(samples).toEqual(ramp(600 + left).subarray(350 + left))
  })

  it('gives a stream that is shorter than a block as it is, and nothing of nothing', () => {
    expect(cut(120, 200)).toMatchObject([{ first: 0, length: 120, isWhole: false, overlap: 0, lead: 0 }])
    expect(cut(0, 200)).toEqual([])
  })

  it('hears what is before a first block that begins later', () => {
    expect(cut(470, 200, 60).map(({ first, lead, overlap }) => [first, lead, overlap])).toEqual([
      [60, 50, 0],
      [260, 50, 0],
      [270, 50, 190],
    ])
  })
})
