import { describe, expect, it } from 'vitest'
import { resample } from '../../../src/audio/resample.js'
import { ResampledUtterances } from '../../../web-audio-client/player/resampled-utterances.js'

const noise = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(12.9898 * (i + 1) * seed) * 0.5)

/** An utterance as chunks of uneven length. */
function chunksOf(samples: Float32Array, sampleRate: number) {
  const cuts = [0, 100, 101, 900, samples.length]
  return cuts.slice(1).map((to, i) => ({
    samples: samples.slice(cuts[i], to),
    sampleRate,
    position: cuts[i]!,
    last: to === samples.length,
    receivedAtMs: 0,
  }))
}

const joined = (parts: readonly Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]))

describe('ResampledUtterances', () => {
  it('resamples each utterance as a signal of its own, whatever its rate and chunks', () => {
    const utterances = new ResampledUtterances(48_000)
    for (const [rate, seed] of [
      [22_050, 1],
      [22_050, 2],
      [16_000, 3],
      [48_000, 4],
    ] as const) {
      const samples = noise(2000, seed)
      const heard = joined(chunksOf(samples, rate).map((chunk) => utterances.take(chunk)))
      expect(heard).toEqual(resample(samples, rate, 48_000))
    }
  })

  it('resamples two channels apart, whose samples lie side by side', () => {
    const utterances = new ResampledUtterances(48_000, 2)
    const [left, right] = [noise(2000, 1), noise(2000, 2)]
    const frames = Float32Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? left : right)[i >> 1]!)
    const chunks = [0, 200, 1802, 4000].slice(1).map((to, i) => ({
      samples: frames.slice([0, 200, 1802][i], to),
      sampleRate: 22_050,
      position: [0, 100, 901][i]!,
      last: to === 4000,
      receivedAtMs: 0,
    }))
    const heard = joined(chunks.map((chunk) => utterances.take(chunk)))
    const channel = (first: number) => heard.filter((_, i) => i % 2 === first)
    expect(channel(0)).toEqual(resample(left, 22_050, 48_000))
    expect(channel(1)).toEqual(resample(right, 22_050, 48_000))
  })

  it('owes the rest of an utterance whose end was not told, and forgets it on a restart', () => {
    const utterances = new ResampledUtterances(48_000)
    const samples = noise(2000, 1)
    const [first] = chunksOf(samples, 22_050)
    const heard = joined([utterances.take(first!), utterances.rest()])
    expect(heard).toEqual(resample(first!.samples, 22_050, 48_000))
    utterances.take(first!)
    utterances.restart()
    expect(joined(chunksOf(samples, 22_050).map((chunk) => utterances.take(chunk)))).toEqual(
      resample(samples, 22_050, 48_000),
    )
  })
})
