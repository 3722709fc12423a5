import { tooShort } from '../../../errors.js'
import { mean } from '../../../numeric/stats.js'
import { plural } from '../../../plural.js'
import { resample } from '../../resample.js'
import { logMel } from '../mel.js'
import { defaultMel, melPresets } from '../mel-config.js'
import { melInConvention } from './analyse.js'
import { convertMel } from './converter.js'
import type { MelDescription } from './description.js'
import { hasTimesOf } from './frame-times.js'

/** Frames at both ends that see what the analyses make of the edges. */
const edgeFrames = 4

/**
 * Mean distance in nats of the converted mel of a recording from its mel in `nvidia-22k`; where each frame makes one, from the
 * mel of the same alignment.
 *
 * @param waveform of 22,050 Hz
 * @throws GlowcastError INVALID_ARGUMENT for a convention that cannot be converted, INVALID_AUDIO, TOO_SHORT
 */
export function conversionLoss(waveform: Float32Array, mel: MelDescription): number {
  const preset = melPresets[defaultMel]
  const alignment = hasTimesOf(mel, preset) ? mel.alignment : preset.alignment
  const wanted = logMel(waveform, { ...preset, alignment })
  const got = convertMel(melInConvention(resample(waveform, preset.sampleRate, mel.sampleRate), mel), mel)
  const frames = Math.min(got.frames, wanted.frames) - 2 * edgeFrames
  if (frames <= 0) throw tooShort('waveform', plural(wanted.frames, 'frame'), `more than ${2 * edgeFrames}`)
  const first = edgeFrames * preset.melBands
  const logs = wanted.data.subarray(first, first + frames * preset.melBands)
  return mean(logs.map((log, i) => Math.abs(log - got.data[first + i]!)))
}
