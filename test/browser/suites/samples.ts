import { fileURLToPath } from 'node:url'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { logMel, melPresets } from '../../../src/audio/mel/mel.js'

export const preset = melPresets['nvidia-22k']
const { alignment: _, ...convention } = preset
export const melConvention = convention

/** Three and a half seconds of speech. */
export const clip = fileURLToPath(
  new URL('../../../web-audio-client/demo/public/clips/lakes.flac', import.meta.url),
)

/** The first frames of the clip; `samples` is the length of the speech that is made of them. */
export async function speechMel(frames: number): Promise<{ mel: Float32Array; samples: number }> {
  const waveform = await loadMono(clip, preset.sampleRate)
  const mel = logMel(waveform, preset).data.slice(0, frames * preset.melBands)
  return { mel, samples: frames * preset.hopLength }
}

/** As text, as the harness takes and gives samples. */
export const encoded = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64')

export function decoded(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}

/** What was recorded, without the silence before its first and after its last sample that is not zero. */
export function trimmed(samples: Float32Array): Float32Array {
  return samples.slice(
    samples.findIndex((value) => value !== 0),
    samples.findLastIndex((value) => value !== 0) + 1,
  )
}
