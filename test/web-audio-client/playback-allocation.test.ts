import { expect, it } from 'vitest'
import { Playback } from '../../web-audio-client/playback.js'
import { wordCount } from '../../web-audio-client/playback-words.js'
import { Ring } from '../../web-audio-client/ring.js'

it('Playback allocates nothing on the audio thread, through underruns, fades and restarts', () => {
  const capacity = 8192
  const ring = new Ring(new ArrayBuffer(Ring.bytes(capacity)), capacity)
  const playback = new Playback(ring, new Int32Array(wordCount), 110)
  const output = new Float32Array(128)
  const chunk = new Float32Array(1000).fill(0.25)
  // Eleven blocks use more than a chunk holds: each round runs dry, fades, and starts again.
  const rounds = (count: number) => {
    for (let i = 0; i < 11 * count; i++) {
      if (i % 11 === 0) ring.write(chunk)
      playback.render(output, 128 * i)
    }
  }
  // Until the compiler has seen all there is to see.
  rounds(5000)
  const before = process.memoryUsage().heapUsed
  rounds(10_000)
  const bytesPerBlock = (process.memoryUsage().heapUsed - before) / 110_000
  // The smallest object takes 12 bytes; what is left is the measurement's own.
  expect(bytesPerBlock).toBeLessThan(2)
})
