import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { decodeAudio, loadMono } from '../../../src/audio/files/audio-file.js'

const path = (name: string) => fileURLToPath(new URL(`../../fixtures/audio/${name}`, import.meta.url))

/** Highest normalised correlation of b with a over delays of ± 1,500 samples. */
function likeness(a: Float32Array, b: Float32Array): number {
  let best = 0
  for (let delay = -1500; delay <= 1500; delay++) {
    let product = 0
    let powerA = 1e-12
    let powerB = 1e-12
    for (let i = 2000; i < a.length - 2000; i += 2) {
      const other = b[i + delay] ?? 0
      product += a[i]! * other
      powerA += a[i]! ** 2
      powerB += other ** 2
    }
    best = Math.max(best, product / Math.sqrt(powerA * powerB))
  }
  return best
}

describe('lossy audio', () => {
  it.each(['speech.mp3', 'speech.ogg', 'speech.opus'])(
    '%s is the recording that it was made of',
    async (name) => {
      const recording = await loadMono(path('speech.flac'), 22_050)
      const decoded = await loadMono(path(name), 22_050)
      // An encoder's delay and padding: at most three MP3 frames.
      expect(Math.abs(decoded.length - recording.length)).toBeLessThan(3500)
      // Coding noise, and a delay that is no whole number of samples; other audio gives far less.
      expect(likeness(recording, decoded)).toBeGreaterThan(0.9)
    },
  )

  it('refuses what cannot be decoded', async () => {
    const bytes = new TextEncoder().encode('ID3 and then nothing of use')
    await expect(decodeAudio(bytes, 'x.mp3')).rejects.toThrow(/x.mp3: got .*, expected a whole MP3 file/)
  })
})
