import { type HeapProfiler, Session } from 'node:inspector/promises'
import { expect, it } from 'vitest'
import { wordCount } from '../../../../web-audio-client/player/worklet/control-block.js'
import { Playback } from '../../../../web-audio-client/player/worklet/playback.js'
import { Ring } from '../../../../web-audio-client/player/worklet/ring.js'

const capacity = 8192

/** Bytes that the functions of a profile allocated, by file and name. */
function bytesByFunction(node: HeapProfiler.SamplingHeapProfileNode, sums = new Map<string, number>()) {
  const { functionName, url } = node.callFrame
  const key = `${url.split('/').at(-1)} ${functionName}`
  sums.set(key, (sums.get(key) ?? 0) + node.selfSize)
  for (const child of node.children) bytesByFunction(child, sums)
  return sums
}

/** Rounds of playback that run dry, fade and start again, each eleven blocks. */
function playRounds(
  count: number,
  ring: Ring,
  playback: { render(output: Float32Array, frame: number): void },
) {
  const output = new Float32Array(128)
  const chunk = new Float32Array(1000).fill(0.25)
  for (let i = 0; i < 11 * count; i++) {
    if (i % 11 === 0) ring.write(chunk)
    playback.render(output, 128 * i)
  }
}

async function allocations(wrap: (playback: Playback) => Parameters<typeof playRounds>[2]) {
  const ring = new Ring(new ArrayBuffer(Ring.bytes(capacity)), capacity)
  const playback = wrap(new Playback(ring, new Int32Array(wordCount), 110))
  // Until the compiler has seen all there is to see.
  playRounds(3000, ring, playback)
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 16,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  })
  playRounds(1000, ring, playback)
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  return bytesByFunction(profile.head)
}

it('Playback allocates nothing on the audio thread, through underruns, fades and restarts', async () => {
  const bytes = await allocations((playback) => playback)
  let total = 0
  for (const [key, size] of bytes) if (/^(playback|ring)\.ts /.test(key)) total += size
  // 11,000 blocks: the smallest object in each would come to 132,000. The compiler may box a number here and there.
  expect(total).toBeLessThan(11_000)
})

it('would see it if it did', async () => {
  const kept: { frame: number }[] = [{ frame: 0 }]
  const bytes = await allocations((playback) => ({
    render: function allocatingRender(output, frame) {
      playback.render(output, frame)
      kept[0] = { frame }
    },
  }))
  // 11,000 blocks, and no object is smaller than 12 bytes.
  expect(bytes.get('playback-allocation.test.ts allocatingRender') ?? 0).toBeGreaterThan(11_000 * 12 * 0.9)
})
