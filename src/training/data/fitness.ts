import { blockLevels } from '../../audio/metering/block-levels.js'
import { ClipCounter } from '../../audio/metering/clip-counter.js'
import { bandwidthHz } from '../../audio/spectral/bandwidth.js'

const blockSeconds = 0.01
/** What is kept before and after the speech. */
const marginSeconds = 0.1
/** Speech is what reaches this share of the way from the pauses to the loud blocks, in dB. */
const speechShare = 0.35

/** What decides whether a recording is fit to be trained on. */
export interface Fitness {
  /** Speech and a margin on both sides: samples `start` to `end`. */
  readonly start: number
  readonly end: number
  readonly seconds: number
  /** Of the loud blocks: what a tenth of them exceed. dB full scale. */
  readonly levelDb: number
  /** By how much they exceed the pauses, the quietest tenth that is not digital silence, in dB. */
  readonly signalToNoiseDb: number
  /** Share of the samples that lie in flat tops. */
  readonly clippedShare: number
  /** See `bandwidthHz`. */
  readonly bandwidthHz: number
}

export interface FitnessLimits {
  readonly minSeconds: number
  readonly minLevelDb: number
  readonly minSignalToNoiseDb: number
  readonly maxClippedShare: number
  readonly minBandwidthHz: number
}

/** @param waveform mono samples without DC, at least one */
export function measureFitness(waveform: Float32Array, sampleRate: number): Fitness {
  const length = Math.max(1, Math.round(blockSeconds * sampleRate))
  const levels = blockLevels(waveform, length)
  const sorted = levels.filter((level) => level > Number.NEGATIVE_INFINITY).sort()
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NEGATIVE_INFINITY
  const [noiseDb, levelDb] = [at(0.1), at(0.9)]
  const threshold = noiseDb + speechShare * (levelDb - noiseDb)
  const isSpeech = (level: number) => level >= threshold && level > Number.NEGATIVE_INFINITY
  const margin = Math.round(marginSeconds * sampleRate)
  const first = levels.findIndex(isSpeech)
  const last = levels.findLastIndex(isSpeech)
  const start = Math.max(0, first * length - margin)
  const end = first < 0 ? start : Math.min(waveform.length, (last + 1) * length + margin)
  const clips = new ClipCounter()
  for (const sample of waveform) clips.push(sample)
  return {
    start,
    end,
    seconds: (end - start) / sampleRate,
    levelDb,
    signalToNoiseDb: levelDb - noiseDb,
    clippedShare: clips.count() / waveform.length,
    bandwidthHz: bandwidthHz(waveform, sampleRate),
  }
}

/** Why a recording is left out, as a person would say it; undefined when it is fit. */
export function unfitReason(fitness: Fitness, limits: FitnessLimits): string | undefined {
  const { seconds, levelDb, signalToNoiseDb, clippedShare } = fitness
  const given = (what: string, got: string, wanted: string) => `${what}: ${got}, wanted ${wanted}`
  // A level of −∞, which digital silence has, is below any limit; its distance to itself is not a number.
  if (!(levelDb >= limits.minLevelDb)) {
    return given('too quiet', `${levelDb.toFixed(0)} dB full scale`, `at least ${limits.minLevelDb}`)
  }
  if (seconds < limits.minSeconds) {
    return given('too short', `${seconds.toFixed(2)} s of speech`, `at least ${limits.minSeconds}`)
  }
  if (!(signalToNoiseDb >= limits.minSignalToNoiseDb)) {
    const got = `speech ${signalToNoiseDb.toFixed(0)} dB above its pauses`
    return given('noisy, or no speech', got, `at least ${limits.minSignalToNoiseDb}`)
  }
  if (clippedShare > limits.maxClippedShare) {
    const got = `${(100 * clippedShare).toFixed(2)} % of the samples`
    return given('clipped', got, `at most ${(100 * limits.maxClippedShare).toFixed(2)}`)
  }
  if (fitness.bandwidthHz < limits.minBandwidthHz) {
    const got = `nothing above ${fitness.bandwidthHz.toFixed(0)} Hz`
    return given('narrow', got, `at least ${limits.minBandwidthHz}`)
  }
  return undefined
}
