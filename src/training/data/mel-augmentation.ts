import { addMelNoise, blurMel } from '../../audio/mel/degrade.js'
import type { RandomStream } from '../../numeric/random.js'

const maxBlurs = 4
const noiseNats = 0.3

/** Makes a log-mel as bad as a TTS model's, in place: at random blurred in time, in frequency, noisy. */
export function degradeMel(mel: Float32Array, melBands: number, random: RandomStream): void {
  for (const axis of ['time', 'frequency'] as const) {
    if (random.uniform() < 0.5) continue
    const times = 1 + random.integer(maxBlurs)
    for (let i = 0; i < times; i++) blurMel(mel, melBands, axis)
  }
  if (random.uniform() < 0.5) addMelNoise(mel, noiseNats * random.uniform(), random)
}
