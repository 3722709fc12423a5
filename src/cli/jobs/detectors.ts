import { melPresets } from '../../audio/mel/mel.js'
import type { Engine } from '../../engine/index.js'
import { densityHash } from '../../likelihood/model-hash.js'
import { loadGlowcastModel } from '../../models/load-model.js'
import { type SurpriseWords, textureWords } from '../../report/scoring/html.js'
import { contentWords } from '../../report/scoring/novelty.js'
import type { DetectorName } from '../../scoring/calibration/file.js'
import type { Detector } from '../../scoring/detector.js'
import { NoveltyDetector } from '../../scoring/novelty/detector.js'
import { loadContentModel } from '../../scoring/novelty/model.js'
import { TextureDetector } from '../../scoring/texture/detector.js'
import type { DetectorSettings } from './contract.js'

/** A detector whose model was read: what can be said of it, and checked, before an engine is there. */
export interface LoadedDetector {
  readonly name: DetectorName
  /** Of the model's file. */
  readonly hash: string
  /** That its calibrations name. */
  readonly model: string
  /** How a report shows what it finds. */
  readonly report: { readonly sampleRate: number; readonly hopLength: number; readonly words: SurpriseWords }
  readonly create: (engine: Engine) => Promise<Detector>
}

const loaders: Readonly<Record<DetectorName, (folder: string) => Promise<LoadedDetector>>> = {
  async texture(folder) {
    const model = await loadGlowcastModel(folder)
    const { sampleRate, hopLength } = melPresets[model.config.mel]
    const words = { ...textureWords, highest: `${(sampleRate / 2000).toFixed(0)} kHz` }
    return {
      name: 'texture',
      hash: model.hash,
      model: await densityHash(model.config, model.weights),
      report: { sampleRate, hopLength, words },
      create: (engine) => TextureDetector.create(engine, model),
    }
  },
  async novelty(folder) {
    const model = await loadContentModel(folder)
    const { mel, patchFrames } = model.config
    const { sampleRate, hopLength } = melPresets[mel]
    return {
      name: 'novelty',
      hash: model.hash,
      model: model.hash,
      report: { sampleRate, hopLength: hopLength * patchFrames, words: contentWords(model.config) },
      create: (engine) => NoveltyDetector.create(engine, model),
    }
  },
}

/** @throws GlowcastError as loading its model does */
export function loadDetector({ name, folder }: DetectorSettings): Promise<LoadedDetector> {
  return loaders[name](folder)
}
