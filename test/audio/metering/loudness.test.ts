import { describe, expect, it } from 'vitest'
import { loadAudio } from '../../../src/audio/files/audio-file.js'
import { LoudnessMeter } from '../../../src/audio/metering/loudness.js'
import { TruePeakMeter } from '../../../src/audio/metering/true-peak.js'
import { Resampler } from '../../../src/audio/resample.js'
import { sungVowel, swellingNoise } from '../voice-signals.js'

const fixture = (name: string) => new URL(`../../fixtures/audio/${name}`, import.meta.url).pathname

function loudness(channels: Float32Array[], sampleRate: number, chunk = 1000): number | null {
  const meter = new LoudnessMeter(sampleRate, channels.length)
  for (let from = 0; from < channels[0]!.length; from += chunk) {
    meter.push(channels.map((channel) => channel.subarray(from, from + chunk)))
  }
  return meter.integrated()
}

function wave(sampleRate: number, seconds: number, at: (time: number) => number): Float32Array {
  return Float32Array.from({ length: sampleRate * seconds }, (_, i) => at(i / sampleRate))
}

const sine = (hz: number, time: number) => Math.sin(2 * Math.PI * hz * time)

describe('LoudnessMeter', () => {
  // Wanted values: ffmpeg 5.1, -filter_complex ebur128, which prints one decimal.
  it.each([
    ['speech.flac', -30.5],
    ['speech-german.flac', -24.1],
  ])('agrees with ffmpeg on %s', async (name, wanted) => {
    const { channels, sampleRate } = await loadAudio(fixture(name))
    // One decimal of rounding, and ffmpeg resamples to 48 kHz first.
    expect(Math.abs(loudness(channels, sampleRate)! - wanted)).toBeLessThan(0.15)
  })

  it('agrees with ffmpeg on two channels, and where both gates act', () => {
    const stereo = [wave(48_000, 6, (t) => 0.5 * sine(1000, t)), wave(48_000, 6, (t) => 0.25 * sine(440, t))]
    expect(Math.abs(loudness(stereo, 48_000)! + 8.2)).toBeLessThan(0.1)
    const gated = wave(44_100, 8, (t) => (t <= 3 ? 0.5 * sine(60, t) : 0) + 0.004 * sine(3000, t))
    expect(Math.abs(loudness([gated], 44_100)! + 12.8)).toBeLessThan(0.1)
  })

  it('meets the first compliance signal of EBU Tech 3341: a stereo 1 kHz sine of −23 dBFS is −23 LUFS', () => {
    const tone = wave(48_000, 20, (t) => 10 ** (-23 / 20) * sine(1000, t))
    expect(Math.abs(loudness([tone, tone], 48_000)! + 23)).toBeLessThan(0.1)
  })

  it('has no value for silence and for less than a block, and does not mind the chunks', () => {
    expect(loudness([new Float32Array(48_000)], 48_000)).toBeNull()
    expect(loudness([wave(48_000, 1, (t) => sine(440, t)).subarray(0, 19_000)], 48_000)).toBeNull()
    const tone = wave(22_050, 2, (t) => 0.3 * sine(700, t))
    expect(loudness([tone], 22_050, 7)).toBe(loudness([tone], 22_050, 44_100))
  })
})

describe('TruePeakMeter', () => {
  it('finds the peak between the samples', () => {
    // A quarter of the rate, 45° off: every sample is 0.707 of the peak.
    const tone = Float32Array.from(
      { length: 48_000 },
      (_, i) => 0.5 * Math.sin((Math.PI * i) / 2 + Math.PI / 4),
    )
    const meter = new TruePeakMeter(48_000, 1)
    for (let from = 0; from < tone.length; from += 999) meter.push([tone.subarray(from, from + 999)])
    // Four times oversampling can miss a peak by 1 − cos(π/8) at most at this frequency; the start also rings.
    expect(Math.abs(20 * Math.log10(meter.flush() / 0.5))).toBeLessThan(1)
  })

  it.each([
    ['smooth', sungVowel(20_000, 48_000, () => 140).waveform],
    ['smooth, with one rough place', sungVowel(20_000, 48_000, () => 140).waveform.fill(0.9, 9000, 9001)],
    ['rough', swellingNoise(20_000, 3, 1)],
  ])('finds the largest of all samples and interpolated ones of a signal that is %s', (_, signal) => {
    const meter = new TruePeakMeter(48_000, 1)
    for (let from = 0; from < signal.length; from += 999) meter.push([signal.subarray(from, from + 999)])
    const upsampler = new Resampler(48_000, 192_000)
    const all = [...signal, ...upsampler.push(signal), ...upsampler.flush()]
    const peak = all.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    expect(meter.flush()).toBeCloseTo(peak, 6)
  })
})
