import { expect, it } from 'vitest'
import { GrowingSignal } from '../../../web-audio-client/demo/signal.js'

it('plays from any place what there is, then what comes, to the end', async () => {
  const signal = new GrowingSignal(22_050)
  const all = Float32Array.from({ length: 100_000 }, (_, i) => i)
  signal.append(all.slice(0, 30_000))
  const heard: number[] = []
  const taking = (async () => {
    for await (const { samples, position } of signal.chunks(10_000)) {
      expect(position).toBe(10_000 + heard.length)
      for (const sample of samples) heard.push(sample)
    }
  })()
  for (let from = 30_000; from < all.length; from += 7000) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    signal.append(all.slice(from, Math.min(from + 7000, all.length)))
  }
  signal.finish()
  await taking
  expect(heard).toEqual([...all.subarray(10_000)])
  expect(signal.seconds).toBeCloseTo(100_000 / 22_050)
})

it('ends at once where there is nothing left', async () => {
  const signal = new GrowingSignal(22_050)
  signal.append(new Float32Array(10))
  signal.finish()
  for await (const _ of signal.chunks(10)) throw new Error('expected no chunk')
})
