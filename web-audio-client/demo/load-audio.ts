import { GrowingSignal } from './signal.js'

/** What is longer is cut, where nothing else is said. */
export const mostSeconds = 60

/**
 * A file that the browser can decode, as one channel at a rate of our choice.
 *
 * @throws DOMException EncodingError when it is none
 */
export async function loadAudio(
  bytes: ArrayBuffer,
  sampleRate: number,
  longestSeconds = mostSeconds,
): Promise<GrowingSignal> {
  const decoder = new OfflineAudioContext(1, 1, sampleRate)
  const decoded = await decoder.decodeAudioData(bytes)
  const length = Math.min(decoded.length, longestSeconds * sampleRate)
  const mixed = new Float32Array(length)
  for (let channel = 0; channel < decoded.numberOfChannels; channel++) {
    const samples = decoded.getChannelData(channel)
    for (let i = 0; i < length; i++) mixed[i]! += samples[i]! / decoded.numberOfChannels
  }
  const signal = new GrowingSignal(sampleRate)
  signal.append(mixed)
  signal.finish()
  return signal
}

/** @throws Error when the server has no such file */
export async function fetchBytes(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address}: the server answered ${response.status}`)
  return response.arrayBuffer()
}
