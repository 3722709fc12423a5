import { logMel, melPresets } from '../../src/audio/mel/mel.js'
import type { Features } from '../../src/training/data/features.js'

const mel = melPresets['nvidia-22k']

/** A tone of 200 Hz, analysed; voiced in the second half only. */
export function halfVoicedTone(frames: number): Features {
  const waveform = Float32Array.from(
    { length: frames * mel.hopLength },
    (_, n) => 0.1 * Math.sin((2 * Math.PI * 200 * n) / mel.sampleRate),
  )
  return {
    name: 'tone',
    frames,
    waveform,
    phase: new Float32Array(waveform.length),
    logMel: logMel(waveform, mel).data,
    f0Hz: Float32Array.from({ length: frames }, (_, t) => (t < frames / 2 ? 0 : 200)),
    bandwidthHz: mel.sampleRate / 2,
  }
}
