import { describe, expect, it } from 'vitest'
import { CutEndMeter } from '../../../src/scoring/recording/cut-ends.js'
import { noise } from '../signals.js'

const sampleRate = 22_050
const seconds = (count: number) => Math.round(count * sampleRate)

/** Noise between two times, over a floor of −80 dB. */
function soundBetween(from: number, to: number, total: number, level = 0.05): Float32Array {
  const floor = noise(seconds(total), 1e-4, 1)
  const sound = noise(floor.length, level, 2)
  return floor.map((sample, i) => (i >= seconds(from) && i < seconds(to) ? sample + sound[i]! : sample))
}

function endsOf(waveform: Float32Array, chunk = waveform.length) {
  const meter = new CutEndMeter(sampleRate)
  for (let i = 0; i < waveform.length; i += chunk) meter.push([waveform.subarray(i, i + chunk)])
  const power = waveform.reduce((sum, sample) => sum + sample * sample, 0) / waveform.length
  return meter.ends(10 * Math.log10(power))
}

describe('CutEndMeter', () => {
  it.each([
    ['pauses at both ends', soundBetween(0.1, 1.9, 2), false, false],
    ['sound from the start', soundBetween(0, 1.9, 2), true, false],
    ['sound to the end', soundBetween(0.1, 2, 2), false, true],
    ['sound throughout', soundBetween(0, 2, 2), true, true],
    // These are faults at the end of a recording.
    ['a burst of 0.1 s at the start', soundBetween(0, 0.1, 2, 0.2), false, false],
    ['a burst of 0.1 s at the end', soundBetween(1.9, 2, 2, 0.2), false, false],
  ])('knows %s', (_, waveform, start, end) => {
    expect(endsOf(waveform)).toEqual({ start, end })
    expect(endsOf(waveform, 37)).toEqual({ start, end })
  })

  it('takes a click on the first sample of a recording for a click', () => {
    const waveform = soundBetween(0.2, 1.9, 2)
    waveform[0] = 0.9
    expect(endsOf(waveform).start).toBe(false)
  })

  it('knows of no end of silence or of nothing', () => {
    expect(new CutEndMeter(sampleRate).ends(null)).toEqual({ start: false, end: false })
    expect(endsOf(new Float32Array(seconds(0.005)).fill(0.1))).toEqual({ start: false, end: false })
  })
})
