import { describe, expect, it } from 'vitest'
import { logMel, melPresets } from '../../src/audio/mel/mel.js'
import { griffinLim } from '../../src/evaluation/griffin-lim.js'
import { logMelL1 } from '../../src/evaluation/spectral.js'
import { RandomStream } from '../../src/numeric/random.js'

const mel = melPresets['nvidia-22k']

/** A voice-like sum of gliding harmonics with some noise. */
function voice(samples: number): Float32Array {
  const random = new RandomStream(3, 3)
  let phase = 0
  return Float32Array.from({ length: samples }, (_, n) => {
    phase += (2 * Math.PI * (180 + 40 * Math.sin(n / 4000))) / mel.sampleRate
    let sum = 0
    for (let k = 1; k <= 20; k++) sum += Math.cos(k * phase) / k
    return 0.1 * sum + 0.005 * random.normal()
  })
}

describe('griffinLim', () => {
  it('makes a waveform that has nearly the mel, the nearer the longer it runs', () => {
    const wanted = logMel(voice(80 * 256), mel)
    const [once, often] = [1, 60].map((iterations) => {
      const waveform = griffinLim(wanted, mel, { iterations })
      expect(waveform).toHaveLength(80 * 256)
      return logMelL1(wanted, logMel(waveform, mel))
    }) as [number, number]
    expect(often).toBeLessThan(once / 2)
    expect(often).toBeLessThan(0.2)
  })

  it('follows its seed', () => {
    const wanted = logMel(voice(10 * 256), mel)
    const run = (seed: number) => griffinLim(wanted, mel, { iterations: 3, seed })
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
  })

  it('gives nothing for no frames', () => {
    expect(griffinLim({ data: new Float32Array(0), frames: 0, channels: 80 }, mel)).toHaveLength(0)
  })
})
