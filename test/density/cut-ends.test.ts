import { describe, expect, it } from 'vitest'
import type { AudioSource } from '../../src/audio/audio-source.js'
import { blockRecording } from '../../src/density/block-recording.js'
import { CutEndMeter } from '../../src/density/cut-ends.js'
import { type HeardStretch, readRecording } from '../../src/density/recording.js'
import { noise } from './signals.js'

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
    // These are faults at the end of a recording, which must be scored.
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

describe('stretches of a cut recording', () => {
  const sourceOf = (waveform: Float32Array): AudioSource => ({
    sampleRate,
    channels: 1,
    samples: waveform.length,
    async *blocks() {
      yield [waveform]
    },
  })
  async function stretchesOf(waveform: Float32Array): Promise<HeardStretch[]> {
    const recording = await readRecording(sourceOf(waveform), 'test', sampleRate)
    const found: HeardStretch[] = []
    for await (const stretch of recording.stretches(recording.cutEnds)) found.push(stretch)
    return found
  }

  it('leave 0.2 s at each cut end unscored, heard all the same', async () => {
    const [stretch, ...others] = await stretchesOf(soundBetween(0, 2, 2))
    expect(others).toEqual([])
    expect(stretch!.samples).toHaveLength(seconds(2))
    expect(stretch!.margins).toEqual({ lead: seconds(0.2), behind: seconds(0.2) })
    expect(stretch!.startSeconds).toBeCloseTo(0.2, 3)
  })

  it('score all of a recording with pauses, and half a second of the shortest cut one', async () => {
    const [whole] = await stretchesOf(soundBetween(0.1, 1.9, 2))
    expect(whole!.margins).toEqual({ lead: 0, behind: 0 })
    const [short] = await stretchesOf(soundBetween(0, 0.6, 0.6))
    const { lead, behind } = short!.margins
    // To a sample at either end.
    expect(Math.abs(short!.samples.length - lead - behind - seconds(0.5))).toBeLessThanOrEqual(2)
  })

  it('begin where the one before ended', async () => {
    const stretches = await stretchesOf(soundBetween(0, 70, 70))
    expect(stretches).toHaveLength(3)
    let end = 0.2
    for (const { samples, startSeconds, margins } of stretches) {
      expect(startSeconds).toBeCloseTo(end, 3)
      end = startSeconds + (samples.length - margins.lead - margins.behind) / sampleRate
    }
    expect(end).toBeCloseTo(69.8, 3)
  })
})

describe('blocks of a stream', () => {
  const samples = soundBetween(0, 2, 2)
  async function marginsOf(lead: number, length: number) {
    const recording = blockRecording({ samples, sampleRate, lead, length }, sampleRate)
    const { value: stretch } = await recording.stretches(recording.cutEnds).next()
    return { ...stretch.margins, startSeconds: stretch.startSeconds }
  }

  it('are scored whole within sound that is heard on both sides', async () => {
    const margins = await marginsOf(seconds(0.5), seconds(1))
    expect(margins).toEqual({ lead: seconds(0.5), behind: seconds(0.5), startSeconds: 0 })
  })

  it('leave 0.2 s unscored where the stream itself begins or ends within sound', async () => {
    const first = await marginsOf(0, seconds(1.5))
    expect(first).toMatchObject({ lead: seconds(0.2), behind: seconds(0.5) })
    expect(first.startSeconds).toBeCloseTo(0.2, 3)
    const last = await marginsOf(seconds(0.5), seconds(1.5))
    expect(last).toEqual({ lead: seconds(0.5), behind: seconds(0.2), startSeconds: 0 })
  })
})
