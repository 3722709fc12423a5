import type { AudioSource } from '../../../src/audio/files/audio-source.js'
import { noise } from '../signals.js'

/** A recording that is made while it is read, and held nowhere: a second of noise, again and again. */
export function madeUpSource(seconds: number, sampleRate: number): AudioSource {
  const second = noise(sampleRate, 0.05)
  return {
    sampleRate,
    channels: 1,
    samples: seconds * sampleRate,
    async *blocks() {
      for (let made = 0; made < seconds; made++) yield [second.slice()]
    },
  }
}
