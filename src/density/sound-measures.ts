import { stft } from '../audio/stft.js'
import { deepestGapDb, findHoles } from './holes.js'

/** Plain measures of a stretch of sound that tell what kind of fault it has; see `measureSound`. */
export interface SoundMeasures {
  /** The quietest tenth of the frames against the loudest third, dB: higher in noise. */
  readonly noiseFloorDb: number
  /** Power from 4 to 8 kHz and from 8 kHz on, against the whole, dB: lower when band-limited. */
  readonly upperBandDb: number
  readonly topBandDb: number
  /** The stronger of 50 and 60 Hz against the frequencies around it, dB. */
  readonly humDb: number
  /** Mean spectral flatness of the loudest third of the frames, dB: 0 for white noise, very low for a tone. */
  readonly flatnessDb: number
  /** Deepest drop of the level inside sound; see `deepestGapDb`. */
  readonly deepestGapDb: number
  /** Longest stretch of constant samples inside sound, ms. */
  readonly longestHoleMs: number
}

export const soundMeasureNames = [
  'noiseFloorDb',
  'upperBandDb',
  'topBandDb',
  'humDb',
  'flatnessDb',
  'deepestGapDb',
  'longestHoleMs',
] as const satisfies (keyof SoundMeasures)[]

const fftSize = 1024
const hopLength = 512
const upperHz = 4000
const topHz = 8000
/** Power of about −140 dB full scale, where a digital zero is put. */
const powerFloor = 1e-9
const mainsHz = [50, 60]
/** Distances at which the level around the mains is taken. */
const besideHz = [-7, -5, 5, 7]

export function measureSound(waveform: Float32Array, sampleRate: number): SoundMeasures {
  const spectra = stft(waveform, { fftSize, winLength: fftSize, hopLength, alignment: 'sample-centred' })
  const frames = Array.from({ length: spectra.frames }, (_, t) =>
    spectra.data
      .subarray(t * spectra.channels, (t + 1) * spectra.channels)
      .map((size) => size * size + powerFloor),
  )
  const ordered = frames.map((power) => ({ power, sum: sumOf(power) })).sort((a, b) => a.sum - b.sum)
  const quiet = ordered.slice(0, Math.max(1, Math.floor(ordered.length / 10)))
  const loud = ordered.slice(-Math.max(1, Math.floor(ordered.length / 3)))
  const total = sumOf(frames.map(sumOf))
  const binHz = sampleRate / fftSize
  const share = (from: number, to: number) =>
    decibels(
      sumOf(frames.map((power) => sumOf(power.subarray(Math.round(from / binHz), Math.round(to / binHz))))) /
        total,
    )
  const holes = findHoles(waveform, sampleRate)
  return {
    noiseFloorDb: decibels(mean(quiet.map(({ sum }) => sum)) / mean(loud.map(({ sum }) => sum))),
    upperBandDb: share(upperHz, topHz),
    topBandDb: share(topHz, sampleRate / 2),
    humDb: Math.max(...mainsHz.map((hz) => lineDb(waveform, sampleRate, hz))),
    flatnessDb: mean(loud.map(({ power }) => flatness(power))),
    deepestGapDb: deepestGapDb(waveform, sampleRate),
    longestHoleMs: Math.max(0, ...holes.map(({ start, end }) => (1000 * (end - start)) / sampleRate)),
  }
}

/** Power of a frequency against the mean of those around it, dB. */
function lineDb(waveform: Float32Array, sampleRate: number, hz: number): number {
  const around = mean(besideHz.map((distance) => powerAt(waveform, sampleRate, hz + distance)))
  return decibels((powerAt(waveform, sampleRate, hz) + powerFloor) / (around + powerFloor))
}

/** Goertzel's recursion, with a Hann window against leakage. */
function powerAt(waveform: Float32Array, sampleRate: number, hz: number): number {
  const factor = 2 * Math.cos((2 * Math.PI * hz) / sampleRate)
  let [before, last] = [0, 0]
  for (let i = 0; i < waveform.length; i++) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / waveform.length)
    const next = window * waveform[i]! + factor * last - before
    before = last
    last = next
  }
  return (before * before + last * last - factor * before * last) / waveform.length
}

function flatness(power: Float32Array): number {
  let logs = 0
  for (const value of power) logs += Math.log(value)
  return decibels(Math.exp(logs / power.length) / (sumOf(power) / power.length))
}

function sumOf(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

function mean(values: readonly number[]): number {
  return sumOf(values) / Math.max(1, values.length)
}

function decibels(powerRatio: number): number {
  return 10 * Math.log10(Math.max(powerRatio, 1e-14))
}
