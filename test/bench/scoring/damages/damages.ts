import { logMel, melPresets } from '../../../../src/audio/mel/mel.js'
import { resample } from '../../../../src/audio/resample.js'
import { griffinLim } from '../../../../src/evaluation/griffin-lim.js'
import { RandomStream } from '../../../../src/numeric/random.js'
import { rms } from '../../../../src/numeric/stats.js'
import type { Reason } from '../../../../src/scoring/verdict/anomaly.js'
import type { Vocoder } from '../../../../src/synthesis/vocoder.js'
import { convolved } from './convolve.js'
import { hasFfmpeg, throughFfmpeg } from './ffmpeg.js'
import { sourceFilterResynthesis } from './source-filter.js'

/** Something that goes wrong with a recording, at one strength. */
export interface Damage {
  readonly name: string
  readonly strength: string
  apply(waveform: Float32Array, seed: number): Float32Array | Promise<Float32Array>
}

const localKinds: Readonly<Record<string, Reason>> = {
  '3 clicks': 'click',
  '2 dropouts': 'dropout',
  '2 repeated packets': 'repeat',
  'noise in the last 0.3 s': 'noise',
}

/** How marks of a damage that has its places, outside of which the recording stays as it is, should be called. */
export function localKind({ name }: Damage): Reason | undefined {
  return localKinds[name]
}

const mel = melPresets['nvidia-22k']
const { sampleRate } = mel

const stream = (seed: number) => new RandomStream(seed, 0x5ca1e)

/** A random place where there is speech: its 20 ms are louder than the file's mean. */
function speechPosition(waveform: Float32Array, random: RandomStream): number {
  const loud = rms(waveform)
  let start = 0
  for (let trial = 0; trial < 200; trial++) {
    start = random.integer(Math.max(1, waveform.length - 1000))
    if (rms(waveform.subarray(start, start + 441)) > loud) break
  }
  return start
}

function clicks(waveform: Float32Array, seed: number, amplitude: number): Float32Array {
  const random = stream(seed)
  const result = waveform.slice()
  for (let click = 0; click < 3; click++) {
    const at = random.integer(waveform.length - 2)
    result[at]! += amplitude
    result[at + 1]! -= 0.6 * amplitude
  }
  return result
}

function dropouts(waveform: Float32Array, seed: number, milliseconds: number): Float32Array {
  const random = stream(seed)
  const result = waveform.slice()
  for (let dropout = 0; dropout < 2; dropout++) {
    const start = speechPosition(waveform, random)
    result.fill(0, start, start + Math.round((milliseconds * sampleRate) / 1000))
  }
  return result
}

/** What came before is played again, as decoders conceal lost packets. */
function repeated(waveform: Float32Array, seed: number, milliseconds: number): Float32Array {
  const random = stream(seed)
  const result = waveform.slice()
  const length = Math.round((milliseconds * sampleRate) / 1000)
  for (let loss = 0; loss < 2; loss++) {
    const start = Math.max(length, speechPosition(waveform, random))
    result.copyWithin(start, start - length, Math.min(start, result.length - length))
  }
  return result
}

function clipped(waveform: Float32Array, share: number): Float32Array {
  const sizes = Float32Array.from(waveform, Math.abs).sort()
  const limit = sizes[Math.floor((1 - share) * (sizes.length - 1))]!
  return waveform.map((sample) => Math.min(limit, Math.max(-limit, sample)))
}

function quantised(waveform: Float32Array, bits: number): Float32Array {
  const steps = 2 ** (bits - 1)
  return waveform.map((sample) => Math.round(sample * steps) / steps)
}

export function withNoise(waveform: Float32Array, seed: number, snrDb: number): Float32Array {
  const random = stream(seed)
  const level = rms(waveform) * 10 ** (-snrDb / 20)
  return waveform.map((sample) => sample + level * random.normal())
}

function withHum(waveform: Float32Array, snrDb: number): Float32Array {
  const level = rms(waveform) * 10 ** (-snrDb / 20)
  return waveform.map((sample, i) => {
    const phase = (2 * Math.PI * 50 * i) / sampleRate
    return sample + level * (Math.sin(phase) + 0.7 * Math.sin(3 * phase) + 0.5 * Math.sin(5 * phase))
  })
}

function reverberated(waveform: Float32Array, seed: number, seconds: number): Float32Array {
  const random = stream(seed)
  const impulse = Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) =>
    i === 0 ? 1 : 0.05 * random.normal() * 10 ** ((-3 * i) / (seconds * sampleRate)),
  )
  const wet = convolved(waveform, impulse)
  const gain = rms(waveform) / rms(wet)
  return wet.map((sample) => gain * sample)
}

function bandLimited(waveform: Float32Array, highestHz: number): Float32Array {
  const low = resample(waveform, sampleRate, 2 * highestHz)
  return resample(low, 2 * highestHz, sampleRate).subarray(0, waveform.length)
}

function noiseAtEnd(waveform: Float32Array, seed: number, level: number): Float32Array {
  const random = stream(seed)
  const from = waveform.length - Math.round(0.3 * sampleRate)
  return waveform.map((sample, i) => (i < from ? sample : level * random.normal()))
}

function echoed(waveform: Float32Array, milliseconds: number, gain: number): Float32Array {
  const delay = Math.round((milliseconds * sampleRate) / 1000)
  return waveform.map((sample, i) => sample + gain * (waveform[i - delay] ?? 0))
}

const of = (name: string, strength: string, apply: Damage['apply']): Damage => ({ name, strength, apply })

const codec = (extension: string, ...encoder: string[]) => ({
  apply: (waveform: Float32Array) => throughFfmpeg(waveform, sampleRate, extension, encoder),
})

const opus = (rate: number) => codec('opus', '-b:a', `${rate}k`)
const mp3 = (rate: number) => codec('mp3', '-b:a', `${rate}k`)
const stretched = (tempo: number) => codec('wav', '-af', `atempo=${tempo}`)

/** Weaker than what the table of the detectors tells of: near the limit of what is found. */
export function faintDamages(): Damage[] {
  return [
    ...[0.005, 0.01].map((size) => of('3 clicks', `${size}`, (x, seed) => clicks(x, seed, size))),
    ...[1, 2].map((ms) => of('2 dropouts', `${ms} ms`, (x, seed) => dropouts(x, seed, ms))),
    of('clipping', '0.03 %', (x) => clipped(x, 0.0003)),
    ...[13, 14].map((bits) => of('quantisation', `${bits} bits`, (x) => quantised(x, bits))),
    ...[9000, 10_000].map((hz) => of('band-limiting', `${hz} Hz`, (x) => bandLimited(x, hz))),
    ...[60, 50].map((db) => of('white noise', `${db} dB SNR`, (x, seed) => withNoise(x, seed, db))),
    ...[50, 40].map((db) => of('hum', `${db} dB SNR`, (x) => withHum(x, db))),
    ...[0.1, 0.2].map((seconds) =>
      of('reverberation', `RT60 ${seconds} s`, (x, seed) => reverberated(x, seed, seconds)),
    ),
    ...[15, 25].map((ms) => of('echo', `${ms} ms, 0.2`, (x) => echoed(x, ms, 0.2))),
    ...[22_500, 23_000].map((rate) =>
      of('wrong rate', `${rate} for 22,050`, (x) => resample(x, rate, sampleRate)),
    ),
    ...(hasFfmpeg()
      ? [
          ...[48, 64].map((rate) => ({ name: 'Opus', strength: `${rate} kbit/s`, ...opus(rate) })),
          ...[128, 192].map((rate) => ({ name: 'MP3', strength: `${rate} kbit/s`, ...mp3(rate) })),
          ...[0.9, 1.1].map((tempo) => ({ name: 'time-stretch', strength: `${tempo}`, ...stretched(tempo) })),
        ]
      : []),
  ]
}

/** Everything that the benchmark does to clean speech; those that need ffmpeg only where there is one. */
export function damages(vocoder: Vocoder): Damage[] {
  const withoutFfmpeg = [
    ...[0.02, 0.05, 0.2].map((size) => of('3 clicks', `${size}`, (x, seed) => clicks(x, seed, size))),
    ...[5, 10, 20, 40].map((ms) => of('2 dropouts', `${ms} ms`, (x, seed) => dropouts(x, seed, ms))),
    ...[10, 20, 40].map((ms) => of('2 repeated packets', `${ms} ms`, (x, seed) => repeated(x, seed, ms))),
    ...[0.1, 1, 5].map((percent) => of('clipping', `${percent} %`, (x) => clipped(x, percent / 100))),
    ...[8, 10, 12].map((bits) => of('quantisation', `${bits} bits`, (x) => quantised(x, bits))),
    ...[3400, 7000].map((hz) => of('band-limiting', `${hz} Hz`, (x) => bandLimited(x, hz))),
    ...[40, 30, 20, 10].map((db) => of('white noise', `${db} dB SNR`, (x, seed) => withNoise(x, seed, db))),
    ...[0.003, 0.03].map((level) =>
      of('noise in the last 0.3 s', `RMS ${level}`, (x, seed) => noiseAtEnd(x, seed, level)),
    ),
    ...[30, 20, 10].map((db) => of('hum', `${db} dB SNR`, (x) => withHum(x, db))),
    ...[0.3, 0.8].map((seconds) =>
      of('reverberation', `RT60 ${seconds} s`, (x, seed) => reverberated(x, seed, seconds)),
    ),
    of('wrong rate', '24,000 for 22,050', (x) => resample(x, 24_000, sampleRate)),
    of('wrong rate', '16,000 for 22,050', (x) => resample(x, 16_000, sampleRate)),
    of('Griffin–Lim', '60 iterations', (x, seed) => griffinLim(logMel(x, mel), mel, { seed })),
    of('source and filter', 'as WORLD', (x, seed) => sourceFilterResynthesis(x, sampleRate, seed)),
    of('own vocoder', 'as shipped', (x, seed) => vocoder.synthesize(logMel(x, mel), { seed })),
  ]
  if (!hasFfmpeg()) return withoutFfmpeg
  return [
    ...withoutFfmpeg,
    ...[8, 16, 32].map((rate) => ({ name: 'Opus', strength: `${rate} kbit/s`, ...opus(rate) })),
    ...[24, 64].map((rate) => ({ name: 'MP3', strength: `${rate} kbit/s`, ...mp3(rate) })),
    { name: 'time-stretch', strength: '0.8', ...stretched(0.8) },
  ]
}
