import { GrowingSignal } from './signal.js'

/** Samples mixed in one go. */
const blockSamples = 1 << 20

/**
 * A file that the browser can decode, whole, as one channel at a rate of our choice.
 *
 * @throws DOMException EncodingError when it is none
 */
export async function loadAudio(bytes: ArrayBuffer, sampleRate: number): Promise<GrowingSignal> {
  const decoder = new OfflineAudioContext(1, 1, sampleRate)
  const decoded = await decoder.decodeAudioData(bytes)
  const signal = new GrowingSignal(sampleRate)
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, i) => decoded.getChannelData(i))
  for (let from = 0; from < decoded.length; from += blockSamples) {
    const mixed = new Float32Array(Math.min(blockSamples, decoded.length - from))
    for (const samples of channels) {
      for (let i = 0; i < mixed.length; i++) mixed[i]! += samples[from + i]! / channels.length
    }
    signal.append(mixed)
  }
  signal.finish()
  return signal
}

/** @throws Error when the server has no such file */
export async function fetchBytes(address: string): Promise<ArrayBuffer> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`${address}: the server answered ${response.status}`)
  return response.arrayBuffer()
}
