import { expect, it } from 'vitest'
import { GrowingSignal } from '../../../../web-audio-client/demo/sound/signal.js'
import { SideBySide } from '../../../../web-audio-client/demo/vocoder/side-by-side.js'

const sampleRate = 22_050
const rising = (length: number) => Float32Array.from({ length }, (_, i) => i)
const soon = () => new Promise((resolve) => setTimeout(resolve, 1))

function signalOf(samples: Float32Array): GrowingSignal {
  const signal = new GrowingSignal(sampleRate)
  signal.append(samples)
  return signal
}

/** What plays from `from` on: the frames in order, and which of them ended their chunk with `last`. */
async function heardFrom(both: SideBySide, from: number) {
  const frames: (readonly [number, number])[] = []
  const lasts: number[] = []
  for await (const { samples, position, last } of both.chunks(from)) {
    expect(position).toBe(from + frames.length)
    for (let i = 0; i < samples.length; i += 2) frames.push([samples[i]!, samples[i + 1]!])
    if (last) lasts.push(from + frames.length)
  }
  return { frames, lasts }
}

it('plays both from any place in step, waits for the one that is behind, and ends with the longer', async () => {
  const all = rising(30_000)
  const original = signalOf(all)
  original.finish()
  const result = signalOf(all.slice(0, 9000))
  const both = new SideBySide(original, result)
  const taking = heardFrom(both, 3000)
  for (let from = 9000; from < 27_000; from += 2500) {
    await soon()
    result.append(all.slice(from, Math.min(from + 2500, 27_000)))
  }
  result.finish()
  const { frames, lasts } = await taking
  expect(frames).toEqual([...all.subarray(3000)].map((value) => [value, value < 27_000 ? value : 0]))
  expect(lasts).toEqual([30_000])
  expect(both.seconds).toBeCloseTo(30_000 / sampleRate)
})

it('goes on with the original where the result breaks off, and is silent where there is no original', async () => {
  const original = signalOf(rising(500))
  const result = signalOf(rising(100))
  result.finish()
  original.finish()
  const { frames } = await heardFrom(new SideBySide(original, result), 90)
  expect(frames.slice(8, 12)).toEqual([
    [98, 98],
    [99, 99],
    [100, 0],
    [101, 0],
  ])
  expect(frames).toHaveLength(410)
  const alone = await heardFrom(new SideBySide(undefined, result), 98)
  expect(alone.frames).toEqual([
    [0, 98],
    [0, 99],
  ])
})

it('ends at once where there is nothing left', async () => {
  const signal = signalOf(new Float32Array(10))
  signal.finish()
  expect((await heardFrom(new SideBySide(signal, signal), 10)).frames).toEqual([])
})

it('knows when each sample came', async () => {
  const signal = signalOf(new Float32Array(10))
  const first = signal.arrivedAtMs(9)!
  await soon()
  signal.append(new Float32Array(5))
  expect(signal.arrivedAtMs(0)).toBe(first)
  expect(signal.arrivedAtMs(10)).toBeGreaterThan(first)
  expect(signal.arrivedAtMs(14)).toBe(signal.arrivedAtMs(10))
  expect(signal.arrivedAtMs(15)).toBeUndefined()
})
