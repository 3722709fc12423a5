import { join } from 'node:path'
import { loadMono } from '../../../src/audio/files/audio-file.js'
import { logMel, melPresets } from '../../../src/audio/mel/mel.js'
import { glowcastModel } from '../../../src/models/glowcast/model.js'
import { loadGlowcastModel } from '../../../src/models/load-model.js'
import { bundledModel, packageFolder } from '../../../src/package-root.js'
import { framesForSamples, livePasses } from '../../../src/synthesis/live/latency.js'

/** A phrase's mel, and how many of its frames suffice for the shipped model's first sound. */
export async function speechMel(): Promise<{ mel: Float32Array; sufficientFrames: number }> {
  const recording = await loadMono(join(packageFolder(), 'test/fixtures/audio/speech.flac'), 22_050)
  const { config } = await loadGlowcastModel(bundledModel)
  const passes = livePasses(config.melProjection.passes)
  const chunk = { passes, comb: config.comb, chunkFrames: 2 }
  return {
    mel: logMel(recording, melPresets['nvidia-22k']).data,
    sufficientFrames: framesForSamples(glowcastModel(config), 1, chunk),
  }
}
