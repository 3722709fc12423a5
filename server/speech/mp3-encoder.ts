import { engineFailed } from '../../src/errors.js'
import { clipped, type SpeechEncoder } from './encoder.js'

/** kbit/s: ample for one voice. */
const bitrate = 96

/** MP3 of a constant bit rate, by LAME. */
export async function mp3Encoder(sampleRate: number): Promise<SpeechEncoder> {
  // Loaded with the first text that is to be MP3; its WebAssembly is within the module.
  const { createMp3Encoder } = await import('wasm-media-encoders')
  const encoder = await createMp3Encoder()
  const rate = rateOf(sampleRate)
  encoder.configure({ sampleRate, outputSampleRate: rate, channels: 1, bitrate })
  return {
    // What it gives lies in its own memory.
    push: (samples) => encoder.encode([clipped(samples)]).slice(),
    flush: () => encoder.finalize().slice(),
  }
}

/** Of MPEG-1 and MPEG-2, Hz. */
const rates = [16_000, 22_050, 24_000, 32_000, 44_100, 48_000] as const

/** @throws GlowcastError ENGINE_FAILED */
function rateOf(sampleRate: number): (typeof rates)[number] {
  const rate = rates.find((known) => known === sampleRate)
  if (rate === undefined) throw engineFailed('MP3', `samples of ${sampleRate} Hz`, rates.join(', '))
  return rate
}
