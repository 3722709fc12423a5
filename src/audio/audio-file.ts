import { readFile } from 'node:fs/promises'
import { FLACDecoder } from '@wasm-audio-decoders/flac'
import { GlowcastError } from '../errors.js'

export async function loadMono(path: string, sampleRate: number): Promise<Float32Array> {
  const decoder = new FLACDecoder()
  await decoder.ready
  const decoded = await decoder.decodeFile(new Uint8Array(await readFile(path)))
  decoder.free()
  if (decoded.sampleRate !== sampleRate) throw new GlowcastError('INVALID_AUDIO', path, `${decoded.sampleRate}`, `${sampleRate}`)
  return decoded.channelData[0]!
}

export function removeDc(waveform: Float32Array): Float32Array {
  let sum = 0
  for (const value of waveform) sum += value
  const mean = sum / Math.max(1, waveform.length)
  return waveform.map((value) => value - mean)
}
