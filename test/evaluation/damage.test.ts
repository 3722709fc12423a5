import { describe, expect, it } from 'vitest'
import { blurMel } from '../../src/audio/mel/degrade.js'
import { logMel, melPresets } from '../../src/audio/mel/mel.js'
import { damagedMel, damageGain, damageKinds } from '../../src/evaluation/damage.js'
import { logMelL1 } from '../../src/evaluation/spectral.js'
import { RandomStream } from '../../src/numeric/random.js'

const mel = melPresets['nvidia-22k']
const random = new RandomStream(1, 1)
const waveform = Float32Array.from({ length: 40 * 256 }, () => 0.1 * random.normal())
const clean = logMel(waveform, mel)

describe('damagedMel', () => {
  it('leaves the original alone, and changes a copy by every kind but none', () => {
    const before = clean.data.slice()
    for (const kind of damageKinds) {
      const damaged = damagedMel(clean, kind, 1)
      if (kind === 'cut') expect(damaged.data).toEqual(clean.data.slice(8 * 80, 32 * 80))
      else expect(logMelL1(clean, damaged) > 0).toBe(kind !== 'none')
    }
    expect(clean.data).toEqual(before)
  })

  it('is the mel of the recording at the level that it names', () => {
    for (const kind of ['louder', 'quieter'] as const) {
      const scaled = logMel(
        waveform.map((sample) => damageGain(kind) * sample),
        mel,
      )
      // The floor of the logarithm lies far below.
      expect(logMelL1(scaled, damagedMel(clean, kind, 1))).toBeLessThan(1e-4)
    }
    expect(20 * Math.log10(damageGain('louder'))).toBeCloseTo(12, 10)
  })

  it('adds the same noise of 0.3 nats for the same seed', () => {
    const noisy = damagedMel(clean, 'noise', 1)
    expect(noisy).toEqual(damagedMel(clean, 'noise', 1))
    expect(noisy).not.toEqual(damagedMel(clean, 'noise', 2))
    // The mean of |N(0, 0.3)|.
    expect(logMelL1(clean, noisy)).toBeCloseTo(0.3 * Math.sqrt(2 / Math.PI), 1)
  })
})

describe('blurMel', () => {
  it('blurs along one axis only, and not across its ends', () => {
    const bands = 4
    const point = () => {
      const data = new Float32Array(5 * bands)
      data[2 * bands + 3] = 1
      return data
    }
    const inTime = point()
    blurMel(inTime, bands, 'time')
    expect([1, 2, 3].map((t) => inTime[t * bands + 3])).toEqual([0.25, 0.5, 0.25])
    const inFrequency = point()
    blurMel(inFrequency, bands, 'frequency')
    expect([...inFrequency.subarray(2 * bands, 4 * bands)]).toEqual([0, 0, 0.25, 1, 0, 0, 0, 0])
  })
})
