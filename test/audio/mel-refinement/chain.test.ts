import type * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import type { Frames } from '../../../src/audio/buffers/frames.js'
import { PitchComb } from '../../../src/audio/excitation/pitch-comb.js'
import { blurMel } from '../../../src/audio/mel/degrade.js'
import { logMel, melPresets } from '../../../src/audio/mel/mel.js'
import { MelProjectionChain } from '../../../src/audio/mel-refinement/chain.js'
import { trackPitch } from '../../../src/audio/pitch/pitch.js'
import { projectRepeatedly } from '../../../src/models/glowcast/mel-projection-graph.js'
import { RandomStream } from '../../../src/numeric/random.js'
import { createModelEngine } from '../../test-engine.js'
import { chunksOf, joined, largestError } from '../chunks.js'
import { expectSame } from '../expect-same.js'
import { median, swellingNoise as noise, sungVowel } from '../voice-signals.js'

const mel = melPresets['nvidia-22k']

function project(waveform: Float32Array, wanted: Frames, passes: number, momentum: number): Float32Array {
  const chain = new MelProjectionChain(mel, { passes, momentum, comb: false })
  chain.want(wanted)
  return Float32Array.from([...chain.push(waveform), ...chain.flush()])
}

const someVoiced = Float32Array.from({ length: 40 }, (_, frame) => (frame % 15 < 11 ? 140 + frame : 0))

function combedAs(chunks: readonly Float32Array[], wanted: Frames, passes: number, f0Hz = someVoiced) {
  const chain = new MelProjectionChain(mel, { passes, momentum: 0.7, comb: true })
  chain.want(wanted)
  chain.follow(f0Hz)
  return joined([...chunks.map((chunk) => chain.push(chunk)), chain.flush()])
}

function distance(waveform: Float32Array, wanted: Frames): number {
  const { data } = logMel(waveform, mel)
  return data.reduce((sum, value, i) => sum + Math.abs(value - wanted.data[i]!), 0) / data.length
}

function rms(waveform: Float32Array): number {
  return Math.sqrt(waveform.reduce((sum, value) => sum + value * value, 0) / waveform.length)
}

/** A second of harmonics with amplitudes 1 / k, RMS 0.05. */
function harmonics(f0Hz: number): Float32Array {
  const { sampleRate } = mel
  const waveform = Float32Array.from({ length: sampleRate }, (_, n) => {
    let sum = 0
    for (let k = 1; k * f0Hz < 8000; k++)
      sum += Math.cos((2 * Math.PI * k * f0Hz * n) / sampleRate + k * k) / k
    return sum
  })
  const scale = 0.05 / rms(waveform)
  return waveform.map((value) => scale * value)
}

describe('MelProjectionChain', () => {
  it('comes nearer with each pass, and with momentum nearer than without', () => {
    const wanted = logMel(noise(60 * 256, 2, 1), mel)
    const waveform = noise(60 * 256, 3)
    const distances = [0, 1, 3, 6].map((passes) => distance(project(waveform, wanted, passes, 0.7), wanted))
    expect(distances[0]).toBe(distance(waveform, wanted))
    expect(distances[1]).toBeLessThan(0.7 * distances[0]!)
    expect(distances[2]).toBeLessThan(0.8 * distances[1]!)
    expect(distances[3]).toBeLessThan(0.8 * distances[2]!)
    expect(distances[3]).toBeLessThan(0.9 * distance(project(waveform, wanted, 6, 0), wanted))
  })

  it('gives the same samples for any chunking, at most `latency` behind', () => {
    const wanted = logMel(noise(40 * 256, 2, 1), mel)
    const waveform = noise(40 * 256, 3)
    const whole = project(waveform, wanted, 4, 0.7)
    const random = new RandomStream(7, 7)
    const chain = new MelProjectionChain(mel, { passes: 4, momentum: 0.7, comb: false })
    for (let run = 0; run < 5; run++) {
      chain.want(wanted)
      const samples: number[] = []
      for (let at = 0; at < waveform.length; ) {
        const count = 1 + random.integer(900)
        samples.push(...chain.push(waveform.subarray(at, at + count)))
        at = Math.min(at + count, waveform.length)
        expect(at - samples.length).toBeLessThanOrEqual(chain.latency + mel.hopLength - 1)
      }
      samples.push(...chain.flush())
      expectSame(Float32Array.from(samples), whole)
    }
  })

  it.each([0, 1])('combs before what %i passes make of it', (passes) => {
    const wanted = logMel(noise(40 * 256, 2, 1), mel)
    const waveform = noise(40 * 256, 3)
    const comb = new PitchComb(mel)
    comb.follow(someVoiced)
    const combed = comb.flush(waveform)
    expectSame(combedAs([waveform], wanted, passes), passes === 0 ? combed : project(combed, wanted, 1, 0.7))
  })

  it('combs before the last of several passes, for any chunking, and not where nothing is voiced', () => {
    const wanted = logMel(noise(40 * 256, 2, 1), mel)
    const waveform = noise(40 * 256, 3)
    const whole = combedAs([waveform], wanted, 4)
    expect(new MelProjectionChain(mel, { passes: 4, momentum: 0.7, comb: true }).latency).toBe(4 * 768 + 512)
    for (const seed of [1, 2]) expectSame(combedAs(chunksOf(waveform, 900, seed), wanted, 4), whole)
    expect(largestError(whole, project(waveform, wanted, 4, 0.7))).toBeGreaterThan(0.01)
    expectSame(combedAs([waveform], wanted, 4, new Float32Array(40)), project(waveform, wanted, 4, 0.7))
  })

  it('still comes to the mel of a voice with a comb before the last pass', () => {
    const voice = (seed: number) => {
      const sung = sungVowel(40 * 256, mel.sampleRate, () => 150).waveform
      const hiss = noise(sung.length, seed)
      return sung.map((value, n) => value + 0.02 * hiss[n]!)
    }
    const wanted = logMel(voice(1), mel)
    const f0Hz = new Float32Array(40).fill(150)
    const waveform = voice(2).map((value) => 0.5 * value)
    const combed = distance(combedAs([waveform], wanted, 8, f0Hz), wanted)
    expect(combed).toBeLessThan(0.1)
    expect(combed).toBeLessThan(2 * distance(project(waveform, wanted, 8, 0.7), wanted))
  })

  it.each([1, 100, 256, 5000])('keeps the length of %i samples', (length) => {
    expect(project(noise(length, 5), logMel(noise(8192, 6), mel), 3, 0.7)).toHaveLength(length)
  })

  it('has a graph that gives the same samples', async () => {
    const frames = 24
    const waveform = noise(frames * 256, 8)
    const wanted = logMel(noise(frames * 256, 10, 1), mel)
    // Half of the frames want a mel that is smoother than any sound.
    const smooth = wanted.data.subarray((frames / 2) * 80)
    for (let i = 0; i < 3; i++) blurMel(smooth, 80, 'frequency')
    const engine = await createModelEngine()
    const settings = { passes: 3, momentum: 0.7 }
    const graph = await engine.compile(
      (inputs) => ({
        y: projectRepeatedly(inputs['x'] as tf.Tensor2D, inputs['wanted'] as tf.Tensor3D, mel, settings),
      }),
      { x: [1, frames * 256], wanted: [1, frames, 80] },
      { name: 'projections' },
    )
    const { y } = await graph.run({ x: waveform, wanted: wanted.data })
    await graph.dispose()
    const whole = project(waveform, wanted, settings.passes, settings.momentum)
    // Float32 transforms of 1,024 samples below 0.3, three times over.
    expect(largestError(y!, whole)).toBeLessThan(1e-4)
  })

  it('does not take the pitch away where the wanted mel is too smooth to show it', () => {
    const hiss = noise(mel.sampleRate, 12)
    const sung = sungVowel(hiss.length, mel.sampleRate, () => 200).waveform
    const voice = sung.map((value, n) => value + 0.3 * hiss[n]!)
    const wanted = logMel(voice, mel)
    for (let i = 0; i < 3; i++) blurMel(wanted.data, 80, 'frequency')
    const { voicing } = trackPitch(project(voice, wanted, 8, 0.7), mel.sampleRate)
    // It is 0.90 here. Taken at its word, the mel leaves 0.66.
    expect(median([...voicing!])).toBeGreaterThan(0.85)
  })

  it.each([
    [300, 100],
    [240, 160],
    [100, 250],
  ])('keeps the level of a voice at %i Hz that follows the envelope of one at %i Hz', (own, other) => {
    const wanted = logMel(harmonics(other), mel)
    const chain = new MelProjectionChain(mel, { passes: 8, momentum: 0.7, comb: false })
    chain.want(wanted)
    chain.allowDetail(new Float32Array(wanted.frames))
    const moved = Float32Array.from([...chain.push(harmonics(own)), ...chain.flush()])
    // Envelopes of logarithms give 1.8, 1.5 and 0.4: they see the valleys between harmonics, which gains cannot fill.
    expect(rms(moved) / rms(harmonics(own))).toBeGreaterThan(0.75)
    expect(rms(moved) / rms(harmonics(own))).toBeLessThan(1.1)
  })
})
