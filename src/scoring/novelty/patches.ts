import type { Frames } from '../../audio/buffers/frames.js'
import { logMel, melPresets } from '../../audio/mel/mel.js'
import { fillNormal } from '../../numeric/random.js'
import { randomStreams } from '../../numeric/random-streams.js'
import { rms } from '../../numeric/stats.js'
import type { ContentShape } from './config.js'

/** Root mean square that a segment is brought to where the level is removed. */
const referenceLevel = 0.05

/** Levels below this are not raised further: what is left of silence is no sound. */
const minLevel = 1e-4

/**
 * Mel patches of a segment, [patches, melBands]: means of `patchFrames` log-mel frames, in nats. What is left over at
 * the end is dropped.
 *
 * @param segment mono, at the mel's rate, without DC
 */
export function contentPatches(segment: Float32Array, { mel, patchFrames, level }: ContentShape): Frames {
  const { data, frames, channels } = logMel(
    level === 'removed' ? levelled(segment) : segment,
    melPresets[mel],
  )
  const patches = Math.floor(frames / patchFrames)
  const result = new Float32Array(patches * channels)
  for (let frame = 0; frame < patches * patchFrames; frame++) {
    const at = Math.floor(frame / patchFrames) * channels
    for (let band = 0; band < channels; band++) {
      result[at + band]! += data[frame * channels + band]! / patchFrames
    }
  }
  return { data: result, frames: patches, channels }
}

function levelled(waveform: Float32Array): Float32Array {
  const gain = referenceLevel / Math.max(minLevel, rms(waveform))
  return waveform.map((sample) => gain * sample)
}

/** Patches with their dither, which depends on the place in the segment alone. */
export function dithered({ data, frames, channels }: Frames, ditherNats: number): Frames {
  const noisy = new Float32Array(data.length)
  fillNormal(noisy, 0, randomStreams.patchDither[0], 0)
  for (let i = 0; i < data.length; i++) noisy[i] = data[i]! + ditherNats * noisy[i]!
  return { data: noisy, frames, channels }
}
