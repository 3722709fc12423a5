import { describe, expect, it } from 'vitest'
import { fileWarnings } from '../../../src/audio/files/file-warnings.js'
import { type SignalFacts, SignalFactsMeter } from '../../../src/audio/metering/signal-facts.js'
import { measureSound } from '../../../src/scoring/texture/features/sound-measures.js'
import { noise } from '../../scoring/signals.js'

const sampleRate = 22_050
const tone = (seconds: number, amplitude: number, hz = 440) =>
  Float32Array.from(
    { length: Math.round(seconds * sampleRate) },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / sampleRate),
  )

function factsOf(channels: Float32Array[], chunk = 5000): SignalFacts {
  const meter = new SignalFactsMeter(sampleRate, channels.length)
  for (let from = 0; from < channels[0]!.length; from += chunk) {
    meter.push(channels.map((channel) => channel.subarray(from, from + chunk)))
  }
  return meter.flush()
}

describe('channels', () => {
  const codes = (channels: Float32Array[], declaredSamples?: number) =>
    fileWarnings({
      ...factsOf(channels),
      ...(declaredSamples === undefined ? {} : { declaredSamples }),
    }).map(({ code }) => code)
  const sound = tone(1, 0.5)
  const silence = new Float32Array(sound.length)
  const other = noise(sound.length, 0.2, 8)

  it('have levels of their own and of their mean', () => {
    const facts = factsOf([sound, sound.map((sample) => -sample), silence])
    const level = 10 * Math.log10(0.125)
    expect(facts.channelLevelsDb[0]).toBeCloseTo(level, 2)
    expect(facts.channelLevelsDb[2]).toBeNull()
    expect(facts.mixLevelDb).toBeNull()
  })

  it('that are silent or cancel each other are told', () => {
    expect(codes([sound, silence])).toEqual(['SILENT_CHANNEL'])
    expect(codes([sound, silence.map(() => 0.001)])).toEqual(['SILENT_CHANNEL'])
    expect(codes([sound, sound.map((sample) => -sample)])).toEqual(['CHANNELS_CANCEL'])
    expect(codes([sound, sound.map((sample) => -0.9 * sample)])).toEqual(['CHANNELS_CANCEL'])
    expect(codes([sound, sound.map((sample) => -sample), silence])).toEqual([
      'SILENT_CHANNEL',
      'CHANNELS_CANCEL',
    ])
  })

  it('of ordinary recordings are not', () => {
    expect(codes([sound])).toEqual([])
    expect(codes([sound, sound])).toEqual([])
    expect(codes([sound, other])).toEqual([])
    expect(codes([sound, sound.map((sample) => 0.05 * sample)])).toEqual([])
    expect(codes([silence, silence])).toEqual([])
  })

  it('say how much of a file is there', () => {
    expect(fileWarnings({ ...factsOf([sound]), declaredSamples: 2 * sound.length })).toEqual([
      { code: 'TRUNCATED', message: '1.00 of 2.00 s are there: the file was cut' },
    ])
  })
})

describe('SignalFactsMeter', () => {
  it('measures level, DC, length and silence', () => {
    const facts = factsOf([tone(1, 0.5).map((sample) => sample + 0.1)])
    // A sine of 0.5 has a power of 1/8; the DC adds 0.01.
    expect(facts.levelDb).toBeCloseTo(10 * Math.log10(0.125 + 0.01), 2)
    expect(facts.dc).toBeCloseTo(0.1, 4)
    expect(facts).toMatchObject({ seconds: 1, channels: 1, silenceShare: 0, clippedSamples: 0 })
    expect(factsOf([tone(1, 0.5)], 701)).toEqual(factsOf([tone(1, 0.5)], 22_050))
  })

  it('calls zeros and a constant silent', () => {
    expect(factsOf([new Float32Array(9000)])).toMatchObject({
      levelDb: null,
      truePeakDb: null,
      loudnessLufs: null,
      silenceShare: 1,
    })
    expect(factsOf([new Float32Array(9000).fill(0.3)]).silenceShare).toBe(1)
  })

  it('counts the samples of flat tops, at any level, and no natural peak', () => {
    const clipped = tone(0.1, 1).map((sample) => Math.max(-0.4, Math.min(0.4, sample)))
    const flat = clipped.filter((sample) => Math.abs(sample) === Math.fround(0.4)).length
    // Flat tops of fewer than three samples do not count; at 440 Hz each is longer.
    expect(factsOf([clipped]).clippedSamples).toBe(flat)
    const square = tone(0.1, 1).map((sample) => (sample >= 0 ? 1 : -1))
    expect(factsOf([square]).clippedSamples).toBe(square.length)
    expect(factsOf([noise(20_000, 0.1)]).clippedSamples).toBe(0)
  })
})

describe('measureSound', () => {
  const voice = tone(1, 0.3).map((sample, i) => (i < 12_000 ? sample : 0) + 1e-4 * noise(1)[0]!)

  it('hears hum, noise, and missing treble', () => {
    const base = voice.map((sample, i) => sample + 1e-3 * noise(1, 1, i)[0]!)
    const { sound: clean } = measureSound(base, sampleRate)
    const { sound: hum } = measureSound(
      base.map((sample, i) => sample + 0.02 * Math.sin((2 * Math.PI * 50 * i) / sampleRate)),
      sampleRate,
    )
    expect(hum.hum50Db).toBeGreaterThan(clean.hum50Db + 10)
    const hiss = noise(base.length, 0.02)
    const { sound: noisy } = measureSound(
      base.map((sample, i) => sample + hiss[i]!),
      sampleRate,
    )
    expect(noisy.noiseFloorDb).toBeGreaterThan(clean.noiseFloorDb + 10)
    expect(noisy.topBandDb).toBeGreaterThan(clean.topBandDb + 10)
    // Flatness of a tone is far below that of noise, which is near −2.5 dB (Euler's constant over ln 10, times ten).
    expect(clean.flatnessDb).toBeLessThan(-10)
    expect(measureSound(hiss, sampleRate).sound.flatnessDb).toBeGreaterThan(-3.5)
  })
})
