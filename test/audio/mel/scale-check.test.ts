import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { logMel, melPresets } from '../../../src/audio/mel/mel.js'
import { assertNaturalLog, MelScaleChecker } from '../../../src/audio/mel/scale-check.js'
import { joined, noise } from '../chunks.js'

const preset = melPresets['nvidia-22k']
const melOf = (waveform: Float32Array) => logMel(waveform, preset).data
const check = (values: Float32Array, state?: 'on' | 'off') =>
  assertNaturalLog({ data: values, frames: values.length / 80, channels: 80 }, 'x.npy', state)

/** Frames pushed a few at a time, as a stream sends them. */
function pushed(values: Float32Array, frames: number): void {
  const checker = new MelScaleChecker(80)
  for (let at = 0; at < values.length; at += 80 * frames) checker.push(values.subarray(at, at + 80 * frames))
  checker.end()
}

let speech: Float32Array
let voices: Float32Array[]
beforeAll(async () => {
  const files = ['speech.flac', 'speech-german.flac', 'speech.mp3', 'speech.ogg', 'speech.opus']
  voices = await Promise.all(
    files.map((name) =>
      loadMono(fileURLToPath(new URL(`../../fixtures/audio/${name}`, import.meta.url)), 22_050),
    ),
  )
  speech = voices[0]!
})

function refusal(act: () => void): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}

const gained = (wave: Float32Array, gain: number) =>
  wave.map((sample) => Math.max(-1, Math.min(1, gain * sample)))
const withNoise = (wave: Float32Array, level: number) => {
  const hiss = noise(wave.length, 3)
  return wave.map((sample, i) => Math.max(-1, Math.min(1, sample + level * hiss[i]!)))
}
const tone = (samples: number, hz: number, amplitude: number) =>
  Float32Array.from({ length: samples }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / 22_050))
/** Brown noise that swells once a second, as surf does. */
function surf(samples: number): Float32Array {
  let sum = 0
  const brown = noise(samples, 3).map((value) => {
    sum = 0.97 * sum + value
    return sum
  })
  return brown.map((value, i) => 0.05 * value * Math.exp(0.9 * Math.sin((2 * Math.PI * i) / 22_050)))
}
const square = (samples: number) =>
  Float32Array.from({ length: samples }, (_, i) => (((i * 110) / 22_050) % 1 < 0.5 ? 0.9 : -0.9))

describe('natural-log mels', () => {
  const sounds: [string, () => Float32Array][] = [
    ['speech', () => joined(voices)],
    ['quiet speech', () => gained(speech, 0.01)],
    ['loud speech', () => gained(speech, 5)],
    ['speech clipped by 12 dB', () => gained(speech, 20)],
    ['speech clipped by 24 dB', () => gained(speech, 80)],
    ['speech in noise', () => withNoise(gained(speech, 3), 0.05)],
    ['speech below noise', () => withNoise(gained(speech, 3), 1)],
    ['white noise of RMS 0.3', () => gained(noise(44_100), 0.52)],
    ['white noise at full scale', () => gained(noise(44_100), 100)],
    ['faint noise', () => gained(noise(44_100), 0.001)],
    ['surf', () => surf(44_100)],
    ['a loud tone', () => tone(44_100, 440, 1)],
    ['a square wave', () => square(44_100)],
    ['digital silence', () => new Float32Array(44_100)],
    ['a constant', () => new Float32Array(44_100).fill(0.3)],
    ['silence before speech', () => joined([new Float32Array(44_100), speech])],
    ['speech before silence', () => joined([speech, new Float32Array(44_100)])],
  ]
  it.each(sounds)('of %s are taken, whole or frame by frame', (_, sound) => {
    const values = melOf(sound())
    expect(() => check(values)).not.toThrow()
    for (const frames of [1, 7]) expect(() => pushed(values, frames)).not.toThrow()
  })

  it('are taken however short', () => {
    const values = melOf(gained(joined(voices), 80))
    for (let start = 0; start < values.length / 80 - 40; start += 11) {
      for (const frames of [1, 2, 9, 30]) {
        expect(() => check(values.slice(80 * start, 80 * (start + frames)))).not.toThrow()
      }
    }
  })
})

describe('mels of another scale', () => {
  const decibelsOf = (m: number) => (20 * m) / Math.LN10
  const unit = (m: number) => Math.max(0, Math.min(1, (decibelsOf(m) - 20 + 100) / 100))
  // The German recording is so near to its noise that two scales can fit it.
  const scales: [string, (m: number) => number, RegExp][] = [
    ['log10', (m) => m / Math.LN10, /look like log10 mels, convert them with m = 2\.302585 \* v/],
    ['Tacotron -4 … 4', (m) => 8 * unit(m) - 4, /scaled to -4 … 4.*\(v \+ 4\) \/ 8/],
    ['Tacotron 0 … 1', unit, /scaled to 0 … 1, .*\(100 \* v - 100 \+ 20\)/],
    ['0 … 4', (m) => 4 * unit(m), /scaled to 0 … 4, .*v \/ 4/],
    ['0 … 8', (m) => 8 * unit(m), /scaled to 0 … 8/],
    ['StyleTTS', (m) => (m + 4) / 4, /StyleTTS, convert them with m = 4 \* v - 4/],
    [
      'Matcha-TTS',
      (m) => (m + 5.517) / 2.0643,
      /Matcha-TTS, .* \(for Matcha-TTS m = 2\.0643 \* v - 5\.517\)/,
    ],
    ['log2', (m) => m / Math.LN2, /log2 mels, convert them with m = 0\.693147 \* v/],
    ['natural power', (m) => 2 * m, /natural logarithms of power, convert them with m = v \/ 2/],
    [
      'twice divided',
      (m) => m - Math.log(32_768),
      /divided by 32768 twice, convert them with m = v \+ 10\.39721/,
    ],
    [
      'Tortoise',
      (m) => ((m + 11.5129) / 13.8272) * 2 - 1,
      /-1 … 1 as by Tortoise, convert them with m = \(v \+ 1\) \/ 2 \*/,
    ],
    ['linear', Math.exp, /linear magnitudes, convert them with m = ln\(max\(v, 1e-5\)\)/],
    ['decibel', decibelsOf, /decibels, convert them with m = ln\(10\) \/ 20 \* v/],
    ['16-bit integer', (m) => m + Math.log(32_768), /not divided by 32768, .* m = v - 10\.39721/],
  ]
  it.each(scales)('%s mels are refused, whole or streamed', (_, convert, message) => {
    for (const wave of voices) {
      const values = melOf(wave).map(convert)
      expect(refusal(() => check(values))).toMatchObject({
        code: 'INVALID_MEL',
        field: 'x.npy',
        message: expect.stringMatching(wave === speech ? message : /look like .* convert them with m = /),
      })
      expect(refusal(() => pushed(values, 1))).toMatchObject({ code: 'INVALID_MEL' })
      expect(() =>
        check(
          values.map((value) => Math.max(-30, Math.min(6, value))),
          'off',
        ),
      ).not.toThrow()
    }
  })

  // 16-bit samples as they are, power, and decibels of magnitudes: of each the formula must be its own.
  const power = (m: number) => Math.max(2 * m, Math.log(1e-10))
  const integers = 2 * Math.log(32_768)
  const named: [string, (m: number) => number, RegExp][] = [
    [
      'log2 of power',
      (m) => power(m) / Math.LN2,
      /like log2 mels of power, convert them with m = 0\.3465736 \* v/,
    ],
    [
      'Kaldi',
      (m) => power(m) + integers,
      /like natural logarithms of power, as by Kaldi, of samples .*32768, convert them with m = v \/ 2 - 10\.39721/,
    ],
    [
      'log10 of power of integers',
      (m) => (power(m) + integers) / Math.LN10,
      /like log10 mels of power of samples .*32768, convert them with m = 1\.151293 \* v - 10\.39721/,
    ],
    [
      'log10 of integers',
      (m) => (m + integers / 2) / Math.LN10,
      /like log10 mels of samples .*32768, convert them with m = 2\.302585 \* v - 10\.39721/,
    ],
    [
      '10 log10 of magnitudes',
      (m) => (10 * m) / Math.LN10,
      /taken for power, convert them with m = ln\(10\) \/ 10 \* v/,
    ],
    [
      '20 log10 of magnitudes',
      (m) => (20 * m) / Math.LN10,
      /look like decibels, convert them with m = ln\(10\) \/ 20 \* v/,
    ],
  ]
  it.each(named)('%s are named with their own formula', (_, convert, message) => {
    const values = melOf(speech).map(convert)
    expect(() => check(values)).toThrow(message)
    expect(() => pushed(values, 1)).toThrow(/look like .* convert them with m = /)
  })

  it('log10 mels of lively speech without noise are refused', () => {
    for (const wave of voices.slice(0, 2)) {
      const all = melOf(wave)
      // A quarter of the frames left out: speech that is faster by a third.
      const values = all.filter((_, i) => Math.floor(i / 80) % 4 < 3)
      expect(() => check(values)).not.toThrow()
      expect(() => check(values.map((m) => m / Math.LN10))).toThrow(/look like log10 mels, convert/)
    }
  })

  it('normalised by their own mean and deviation are refused', () => {
    const values = melOf(speech)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    const normalised = values.map((value) => (value - mean) / Math.sqrt(variance))
    expect(() => check(normalised)).toThrow(
      /like mels normalised by their own mean and deviation, convert them with m = v \* dev/,
    )
    expect(() => pushed(normalised, 1)).toThrow(/normalised by their own mean and deviation/)
  })

  it('of power with log10 are refused where silence lies on their floor', () => {
    const values = melOf(joined([new Float32Array(11_025), gained(speech, 0.05)]))
    const scaled = values.map((m) => (2 * Math.max(m, Math.log(1e-5))) / Math.LN10)
    expect(() => check(scaled)).toThrow(/like log10 mels of power, convert them with m = 1\.151293 \* v/)
    expect(() => pushed(scaled, 3)).toThrow(/log10 mels of power/)
    // 13 % is less than recordings differ by.
    expect(() => check(melOf(speech).map((m) => (2 * m) / Math.LN10))).not.toThrow()
  })

  it('as Whisper makes them are told from StyleTTS by their span where that is full', () => {
    const whisper = (wave: Float32Array) => {
      const power = melOf(wave).map((m) => (2 * m) / Math.LN10)
      const highest = power.reduce((most, value) => Math.max(most, value), -99)
      return power.map((value) => (Math.max(value, highest - 8) + 4) / 4)
    }
    expect(() => check(whisper(speech))).toThrow(
      /like mels normalised as by Whisper, convert them with m = 4\.60517/,
    )
    const noisy = melOf(withNoise(gained(speech, 3), 0.02)).map((m) => (m + 4) / 4)
    expect(() => check(noisy)).toThrow(/like .*normalised as by .*; or like .*StyleTTS|StyleTTS.*; or like /)
  })

  it('with another floor are refused, with how to raise it', () => {
    const values = melOf(speech).map((m) => (m < -7 ? 3 * m + 14 : m))
    expect(() => check(values)).toThrow(
      /natural-log mels with a lower floor, convert them with m = max\(v, -11\.5129\)/,
    )
    // A few values too low are an acoustic model's.
    const strays = melOf(speech)
    for (let i = 0; i < strays.length; i += 500) strays[i] = -13
    expect(() => check(strays)).not.toThrow()
  })

  it('are told within 40 frames of sound, however long the silence before it', () => {
    const sound = melOf(speech.subarray(11_025)).map((m) => m / Math.LN10)
    const silence = Float32Array.from({ length: 200 * 80 }, (_, i) => -8 - 0.001 * (i % 80))
    const checker = new MelScaleChecker(80)
    checker.push(silence)
    expect(() => checker.push(sound.subarray(0, 40 * 80))).toThrow(/log10/)
  })
})

describe('padding and lost values', () => {
  it('names frames of one value in every band', () => {
    const values = joined([melOf(speech), new Float32Array(40 * 80)])
    const first = values.length / 80 - 40
    expect(() => check(values)).toThrow(
      `x.npy: got frames ${first} to ${first + 39} with 0 in every band, expected natural-log mels, in which silence is -11.51: cut padding off, or convert another scale`,
    )
    expect(() => pushed(values, 1)).toThrow(`mel: got frame ${first} with 0 in every band`)
    expect(() => check(new Float32Array(63 * 80))).toThrow(/frames 0 to 62 with 0 in every band/)
  })

  it('takes padding with the floor', () => {
    expect(() => check(joined([melOf(speech), new Float32Array(40 * 80).fill(-11.5129)]))).not.toThrow()
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'names frame and band of %s, checked or not',
    (value) => {
      const values = melOf(speech)
      values[5 * 80 + 7] = value
      for (const state of ['on', 'off'] as const) {
        expect(() => check(values, state)).toThrow(`x.npy: got ${value} in frame 5, band 7, expected finite`)
      }
      expect(() => pushed(values, 2)).toThrow(`mel frame 5: got ${value} in band 7, expected finite`)
    },
  )

  it('holds to the range where the check is off', () => {
    expect(() => check(new Float32Array(80).fill(50), 'off')).toThrow(
      /got 50 in frame 0, band 0, expected -30 to 6/,
    )
    expect(() => check(new Float32Array(160), 'off')).not.toThrow()
  })
})
