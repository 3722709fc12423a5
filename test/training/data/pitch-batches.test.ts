import { describe, expect, it } from 'vitest'
import { logMel, melPresets } from '../../../src/audio/mel/mel.js'
import { normalizeLogMel } from '../../../src/models/glowcast/mel-normalization.js'
import { glowcastModel } from '../../../src/models/glowcast/model.js'
import { octavesToHz } from '../../../src/models/glowcast/pitch-network.js'
import { parseTrainingConfig } from '../../../src/training/config.js'
import { PitchSampler, pitchBatchShapes } from '../../../src/training/data/pitch-batches.js'
import { tinyConfig } from '../../tiny-model.js'
import { halfVoicedTone } from '../tone-features.js'

const mel = melPresets['nvidia-22k']
const frames = 120
const config = parseTrainingConfig(
  { model: tinyConfig, pitchCrops: 40, cropFrames: 16, phases: [{ steps: 1, learningRate: 1 }] },
  'test',
)
const model = glowcastModel(tinyConfig)

function drawn(step: number, augment: boolean): Record<string, Float32Array> {
  const batch = Object.fromEntries(
    Object.entries(pitchBatchShapes(model, config)).map(([name, shape]) => [
      name,
      new Float32Array(shape.reduce((product, length) => product * length, 1)),
    ]),
  )
  new PitchSampler(model, config, [halfVoicedTone(frames)]).fill(batch, step, augment)
  return batch
}

/** The mel band that a tone of this frequency excites most. */
function bandOf(f0Hz: number): number {
  const waveform = Float32Array.from({ length: 4096 }, (_, n) =>
    Math.sin((2 * Math.PI * f0Hz * n) / mel.sampleRate),
  )
  const row = logMel(waveform, mel).data.subarray(8 * 80, 9 * 80)
  return row.indexOf(Math.max(...row))
}

describe('PitchSampler', () => {
  it('draws the same crops for the same step, others for another', () => {
    expect(drawn(3, true)).toEqual(drawn(3, true))
    expect(drawn(3, true)).not.toEqual(drawn(4, true))
  })

  it('leaves the recordings as they are unless asked', () => {
    const { voiced, octaves, pitchMel } = drawn(1, false)
    voiced!.forEach((value, i) => {
      if (value === 1) expect(octavesToHz(octaves![i]!)).toBeCloseTo(200, 3)
    })
    const row = halfVoicedTone(frames).logMel.subarray(60 * 80, 61 * 80)
    const window = 16 + 2 * model.pitchLookahead
    const middle = pitchMel!.subarray((window / 2) * 80, (window / 2 + 1) * 80)
    middle.forEach((value, band) => {
      // A steady tone: only its phase within the hop differs from frame to frame.
      if (row[band]! > -5) expect(value).toBeCloseTo(normalizeLogMel(row[band]!), 1)
    })
  })

  it('tells of slower and faster voices the F0 that their mel has', () => {
    const { voiced, octaves, pitchMel } = drawn(1, true)
    const window = 16 + 2 * model.pitchLookahead
    const heard = new Set<number>()
    for (let item = 0; item < 40; item++) {
      const at = item * 16 + 8
      if (voiced![at] !== 1) continue
      const f0Hz = octavesToHz(octaves![at]!)
      heard.add(Math.round(f0Hz))
      const start = (item * window + model.pitchLookahead + 8) * 80
      const row = pitchMel!.subarray(start, start + 80)
      // Blur and noise may move the peak by one band.
      expect(Math.abs(row.indexOf(Math.max(...row)) - bandOf(f0Hz))).toBeLessThanOrEqual(1)
    }
    expect(heard.size).toBeGreaterThan(5)
    expect(Math.min(...heard)).toBeLessThan(150)
    expect(Math.max(...heard)).toBeGreaterThan(220)
  })
})
