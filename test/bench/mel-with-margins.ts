import { logMel, type MelConfig } from '../../src/audio/mel/mel.js'
import { normalizeLogMel, silentLogMel } from '../../src/models/glowcast/mel-normalization.js'

/** Normalised mel of a waveform, [frames + 2 * margin, melBands], with silence before and behind. */
export function melWithMargins(waveform: Float32Array, preset: MelConfig, margin: number): Float32Array {
  const { data, frames } = logMel(waveform, preset)
  const floor = silentLogMel(preset.logFloor)
  const mel = new Float32Array((frames + 2 * margin) * preset.melBands).fill(normalizeLogMel(floor))
  data.forEach((value, i) => {
    mel[margin * preset.melBands + i] = normalizeLogMel(Math.max(value, floor))
  })
  return mel
}
