import { stft } from '../../../audio/spectral/stft.js'
import { decibels, mean, sum } from '../../../numeric/stats.js'
import { clickEvents } from '../faults/clicks.js'
import { flatTops } from '../faults/clipping.js'
import { deepDropouts, flatStretches, shortDropouts } from '../faults/dropouts.js'
import { humLinesDb } from '../faults/hum.js'
import { findRepeats } from '../faults/repeats.js'
import { largestOf, type SoundEvent } from '../faults/spans.js'

export const soundMeasureNames = [
  /** The quietest tenth of the frames against the loudest third, dB: higher in noise. */
  'noiseFloorDb',
  /** Power from 4 to 8 kHz and from 8 kHz on, against the whole, dB: lower when band-limited. */
  'upperBandDb',
  'topBandDb',
  /** Mean spectral flatness of the loudest third of the frames, dB: 0 for white noise, very low for a tone. */
  'flatnessDb',
  /** Deepest drop of the level inside sound; see `deepDropouts`. */
  'deepestDropoutDb',
  /** Deepest drop of the level of 2 ms; see `shortDropouts`. */
  'shortDropoutDb',
  /** Longest stretch of constant samples inside sound. */
  'maxFlatMs',
  /** How far the sharpest point stands out; see `clickEvents`. */
  'clickSharpness',
  /** Samples in flat tops; see `flatTops`. */
  'flatTopSamples',
  /** How far sound that is played twice stands out, at most and in all but 3 % of the sound; see `findRepeats`. */
  'repeatDb',
  'commonRepeatDb',
  /** Lines of the mains and of their second harmonics against what is around them; see `humLinesDb`. */
  'hum50Db',
  'hum60Db',
  'hum100Db',
  'hum120Db',
] as const

/** Plain measures of a stretch of sound that tell what kind of fault it has; see `measureSound`. */
export type SoundMeasures = Readonly<Record<(typeof soundMeasureNames)[number], number>>

const fftSize = 1024
const hopLength = 512
const upperHz = 4000
const topHz = 8000
/** Power of about −140 dB full scale, where a digital zero is put. */
const powerFloor = 1e-9

/** Measures that are the strength of the strongest place. */
export const eventMeasures = [
  'deepestDropoutDb',
  'shortDropoutDb',
  'maxFlatMs',
  'clickSharpness',
  'flatTopSamples',
  'repeatDb',
] as const
export type EventMeasure = (typeof eventMeasures)[number]

/** Where a stretch of sound has what a measure looks for. */
export type SoundEvents = Readonly<Record<EventMeasure, readonly SoundEvent[]>>

export interface MeasuredSound {
  readonly sound: SoundMeasures
  /** In order of time, only what stands out; see `prominent`. */
  readonly events: SoundEvents
}

export function measureSound(waveform: Float32Array, sampleRate: number): MeasuredSound {
  const repeats = findRepeats(waveform, sampleRate)
  const events: SoundEvents = {
    deepestDropoutDb: deepDropouts(waveform, sampleRate),
    shortDropoutDb: shortDropouts(waveform, sampleRate),
    maxFlatMs: flatStretches(waveform, sampleRate),
    clickSharpness: clickEvents(waveform, sampleRate),
    flatTopSamples: flatTops(waveform, sampleRate),
    repeatDb: repeats.events,
  }
  const [hum50Db, hum60Db, hum100Db, hum120Db] = humLinesDb(waveform, sampleRate)
  const placed = eventMeasures.map((name) => [name, largestOf(events[name])])
  const sound = {
    ...measureSpectrum(waveform, sampleRate),
    ...(Object.fromEntries(placed) as Record<EventMeasure, number>),
    commonRepeatDb: repeats.commonDb,
    hum50Db: hum50Db!,
    hum60Db: hum60Db!,
    hum100Db: hum100Db!,
    hum120Db: hum120Db!,
  }
  return { sound, events }
}

type SpectrumMeasures = Pick<SoundMeasures, 'noiseFloorDb' | 'upperBandDb' | 'topBandDb' | 'flatnessDb'>

function measureSpectrum(waveform: Float32Array, sampleRate: number): SpectrumMeasures {
  const spectra = stft(waveform, { fftSize, winLength: fftSize, hopLength, alignment: 'sample-centred' })
  const power = spectra.data.map((size) => size * size + powerFloor)
  const frames = Array.from({ length: spectra.frames }, (_, t) =>
    power.subarray(t * spectra.channels, (t + 1) * spectra.channels),
  )
  const powers = frames.map(sum)
  const order = powers.map((_, t) => t).sort((a, b) => powers[a]! - powers[b]!)
  const quiet = order.slice(0, Math.max(1, Math.floor(order.length / 10)))
  const loud = order.slice(-Math.max(1, Math.floor(order.length / 3)))
  const total = sum(powers)
  const binHz = sampleRate / fftSize
  const share = (from: number, to: number) =>
    flooredDb(
      sum(frames.map((bins) => sum(bins.subarray(Math.round(from / binHz), Math.round(to / binHz))))) / total,
    )
  return {
    noiseFloorDb: flooredDb(mean(quiet.map((t) => powers[t]!)) / mean(loud.map((t) => powers[t]!))),
    upperBandDb: share(upperHz, topHz),
    topBandDb: share(topHz, sampleRate / 2),
    flatnessDb: mean(loud.map((t) => flatness(frames[t]!))),
  }
}

function flatness(power: Float32Array): number {
  let logs = 0
  for (const value of power) logs += Math.log(value)
  return flooredDb(Math.exp(logs / power.length) / mean(power))
}

function flooredDb(powerRatio: number): number {
  return decibels(Math.max(powerRatio, 1e-14))
}
