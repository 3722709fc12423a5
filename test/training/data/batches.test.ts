import { describe, expect, it } from 'vitest'
import { glowcastModel } from '../../../src/models/glowcast/model.js'
import { parseTrainingConfig } from '../../../src/training/config.js'
import { type Batch, BatchSampler } from '../../../src/training/data/batches.js'
import { tinyConfig } from '../../tiny-model.js'
import { halfVoicedTone } from '../tone-features.js'

const model = glowcastModel(tinyConfig)

function drawn(step: number, changes: object): Batch {
  const config = parseTrainingConfig(
    {
      model: tinyConfig,
      batchSize: 2,
      cropFrames: 16,
      pitchCrops: 2,
      phases: [
        { steps: 5, learningRate: 1 },
        { steps: 5, learningRate: 1, likelihood: 0 },
      ],
      ...changes,
    },
    'test',
  )
  return new BatchSampler(model, config, [halfVoicedTone(120)]).training(step)
}

describe('BatchSampler', () => {
  it('draws the same crops for the same step, others for another', () => {
    expect(drawn(3, {})).toEqual(drawn(3, {}))
    expect(drawn(3, {})['x']).not.toEqual(drawn(4, {})['x'])
  })

  it('makes mels worse when asked, and leaves what they belong to', () => {
    const [clean, worse] = [drawn(3, { worsenedShare: 0 }), drawn(3, { worsenedShare: 1 })]
    expect(worse['mel']).not.toEqual(clean['mel'])
    for (const name of ['x', 'noise1', 'noise2', 'pitchMel', 'octaves'])
      expect(worse[name]).toEqual(clean[name])
  })

  it('makes nothing for the flow in a phase that trains the pitch network alone', () => {
    const { x, mel, pitchMel } = drawn(7, {})
    expect(x!.every((value) => value === 0)).toBe(true)
    expect(mel!.every((value) => value === 0)).toBe(true)
    expect(pitchMel!.some((value) => value !== 0)).toBe(true)
  })
})
